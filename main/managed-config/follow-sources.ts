import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Clock } from '../platform/time/clock.ts';
import { ABSENCE_MUST_HOLD, type HeldReading, holdReading } from './absence-hold.ts';
import { evaluate } from './evaluate.ts';
import { type PathWatch, watchPath } from './path-watch.ts';
import type { Source } from './reading.ts';

export interface ManagedConfigSource {
  current(): ManagedConfig;
  /** Called with each new value, not with the current one. Returns how to stop. */
  onChange(listener: (config: ManagedConfig) => void): () => void;
  close(): void;
}

/** Long enough for a file that is written in several steps, short enough that nobody waits. Milliseconds. */
const CALM = 150;
/** The safety net under the watches, and the pace where nothing can be watched. Milliseconds. */
const SLOW_POLL = 30_000;
const FAST_POLL = 1_500;

/** One source, and what is known of it. Each is read at its own pace, so that one that hangs does not hold up the others. */
interface Followed {
  source: Source;
  watch: PathWatch | null;
  belief: HeldReading | null;
  reading: boolean;
  /** When to read it next, on the clock that never jumps. Milliseconds. */
  due: number;
  callOff: () => void;
}

/** Reads every source once, resolves, and then keeps reading each when its watch or the clock says so. */
export async function followSources(
  sources: Source[],
  { clock, log, trial }: { clock: Clock; log: Pick<Logger, 'info'>; trial: boolean },
): Promise<ManagedConfigSource> {
  const listeners = new Set<(config: ManagedConfig) => void>();
  let current: ManagedConfig | undefined;
  let closed = false;

  const all = sources.map((source): Followed => {
    const due = Number.POSITIVE_INFINITY;
    const followed: Followed = { source, watch: null, belief: null, reading: false, due, callOff: () => {} };
    if (source.watch !== null) followed.watch = watchPath(source.watch, () => readWithin(followed, CALM));
    return followed;
  });

  /** Never later than it is due already: where something stirs all the time, the reading must not be put off for ever. */
  function readWithin(followed: Followed, ms: number): void {
    const now = clock.monotonic();
    followed.due = Math.min(followed.due, now + ms);
    followed.callOff();
    if (closed || followed.reading) return;
    followed.callOff = clock.after(Math.max(0, followed.due - now), () => void read(followed));
  }

  async function read(followed: Followed): Promise<void> {
    followed.reading = true;
    // What is noticed from here on counts for the next reading. Watch first, then read: nothing in between is lost.
    followed.due = Number.POSITIVE_INFINITY;
    followed.watch?.follow();
    const fresh = await followed.source.read();
    followed.reading = false;
    if (closed) return;

    const now = clock.monotonic();
    followed.belief = holdReading(followed.belief, fresh, now);
    publish();

    const { goneSince } = followed.belief;
    const confirm = goneSince === null ? Number.POSITIVE_INFINITY : Math.max(0, goneSince + ABSENCE_MUST_HOLD - now);
    readWithin(followed, Math.min(confirm, followed.watch?.complete ? SLOW_POLL : FAST_POLL));
  }

  function publish(): void {
    if (all.some(({ belief }) => belief === null)) return;
    const said = (says: Source['says']) =>
      all.flatMap(({ source, belief }) => (source.says === says && belief !== null ? [belief.counts] : []));
    const config = evaluate(said('organizations'), said('settings'), trial);
    const changed = JSON.stringify(config) !== JSON.stringify(current);
    current = config;
    if (!changed) return;
    const { verdict, allowedOrgs, source, problems, settingsSource } = config;
    log.info({ verdict, allowedOrgs, source, problems, settingsSource, trial }, 'managed configuration');
    for (const listener of listeners) listener(config);
  }

  await Promise.all(all.map(read));
  return {
    current() {
      if (current === undefined) throw new Error('asked for before the first reading');
      return current;
    },
    onChange: (listener) => subscribe(listeners, listener),
    close() {
      closed = true;
      listeners.clear();
      for (const { watch, callOff } of all) {
        callOff();
        watch?.close();
      }
    },
  };
}
