import type { Clock } from '../../main/platform/time/clock.ts';

/** A clock that stands still until it is told to move: what is due then runs, in order, before `advance` returns. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** The process stands still: what has become due meanwhile runs late, and before anything else is heard. */
  stall(ms: number): void;
  /** Somebody sets the machine's clock: timers and the monotonic clock do not notice. */
  set(wall: number): void;
  /** The machine sleeps: the wall clock goes on, timers and the monotonic clock stand still. */
  sleep(ms: number): void;
  /** How far away the timers are that are set, in milliseconds, the nearest first. */
  pending(): number[];
}

export function manualClock(start = Date.now()): ManualClock {
  let elapsed = 0;
  let offset = start;
  let slept = 0;
  const timers = new Set<{ at: number; task: () => void }>();
  const inOrder = (): { at: number; task: () => void }[] => [...timers].sort((a, b) => a.at - b.at);
  return {
    wall: () => offset + elapsed,
    monotonic: () => elapsed,
    uptime: () => elapsed + slept,
    after(ms, task) {
      const timer = { at: elapsed + ms, task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const end = elapsed + ms;
      for (let [next] = inOrder(); next !== undefined && next.at <= end; [next] = inOrder()) {
        timers.delete(next);
        elapsed = Math.max(elapsed, next.at);
        next.task();
      }
      elapsed = end;
    },
    stall(ms) {
      elapsed += ms;
      for (const timer of inOrder().filter(({ at }) => at <= elapsed)) if (timers.delete(timer)) timer.task();
    },
    set: (wall) => {
      offset = wall - elapsed;
    },
    sleep: (ms) => {
      slept += ms;
      offset += ms;
    },
    pending: () => inOrder().map(({ at }) => at - elapsed),
  };
}
