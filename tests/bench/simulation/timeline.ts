/** The step of the virtual clock. */
export const TICK_MS = 100;
export const TICKS_PER_SECOND = 1000 / TICK_MS;

const NEVER = 2 ** 31 - 1;
const NONE = -1;

/** A virtual clock with `kinds` timers for each owner: each is set or not, and setting it again moves it. */
export interface Timeline {
  /** @param tick not before the present one; beyond the horizon it never fires */
  set(owner: number, kind: number, tick: number): void;
  cancel(owner: number, kind: number): void;
  /** Fires what is due, in the order of time, until the horizon. @param before called at the beginning of each tick */
  run(fire: (owner: number, kind: number, tick: number) => void, before: (tick: number) => void): void;
  /**
   * Fires the timers of one owner alone until `until`: for a time in which nothing happens between owners. Called while one of
   * its timers fires.
   */
  runAlone(owner: number, until: number, fire: (owner: number, kind: number, tick: number) => void): void;
}

/**
 * A list of timers for each tick up to the horizon, in typed arrays: setting, moving and firing a timer are a few writes each, and a
 * million owners need no objects.
 */
export function createTimeline(owners: number, kinds: number, horizon: number): Timeline {
  const heads = new Int32Array(horizon + 1).fill(NONE);
  const due = new Int32Array(owners * kinds).fill(NEVER);
  const next = new Int32Array(owners * kinds);
  const previous = new Int32Array(owners * kinds);
  const isLinked = new Uint8Array(owners * kinds);
  /** Its timers are kept out of the lists. */
  let alone = NONE;

  function unlink(id: number): void {
    if (isLinked[id] === 0) return;
    isLinked[id] = 0;
    const [before, after] = [previous[id] as number, next[id] as number];
    if (before === NONE) heads[due[id] as number] = after;
    else next[before] = after;
    if (after !== NONE) previous[after] = before;
  }

  function link(id: number): void {
    const tick = due[id] as number;
    if (tick > horizon) return;
    const first = heads[tick] as number;
    next[id] = first;
    previous[id] = NONE;
    if (first !== NONE) previous[first] = id;
    heads[tick] = id;
    isLinked[id] = 1;
  }

  return {
    set(owner, kind, tick) {
      const id = owner * kinds + kind;
      unlink(id);
      due[id] = tick;
      if (owner !== alone) link(id);
    },
    cancel(owner, kind) {
      const id = owner * kinds + kind;
      unlink(id);
      due[id] = NEVER;
    },
    run(fire, before) {
      for (let tick = 0; tick <= horizon; tick += 1) {
        before(tick);
        for (let id = heads[tick] as number; id !== NONE; id = heads[tick] as number) {
          unlink(id);
          due[id] = NEVER;
          const owner = Math.floor(id / kinds);
          fire(owner, id - owner * kinds, tick);
        }
      }
    },
    runAlone(owner, until, fire) {
      const first = owner * kinds;
      alone = owner;
      for (let id = first; id < first + kinds; id += 1) unlink(id);
      for (;;) {
        let earliest = first;
        for (let id = first + 1; id < first + kinds; id += 1) {
          if ((due[id] as number) < (due[earliest] as number)) earliest = id;
        }
        const tick = due[earliest] as number;
        if (tick >= until) break;
        due[earliest] = NEVER;
        fire(owner, earliest - first, tick);
      }
      alone = NONE;
      for (let id = first; id < first + kinds; id += 1) link(id);
    },
  };
}
