import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';

/** Time as a parameter, so that tests control it. */
export interface Clock {
  /** Milliseconds since 1970; jumps when the clock is set. */
  wall(): number;
  /** Milliseconds since some moment; never jumps or runs backwards, and stops while the machine sleeps. */
  monotonic(): number;
  /** Milliseconds since the machine started, sleep included; never jumps or runs backwards. May be rounded to seconds. */
  uptime(): number;
  /** Runs `task` once, `ms` milliseconds from now, and returns a function that cancels it. Does not keep the process alive. */
  after(ms: number, task: () => void): () => void;
}

/** Milliseconds: Node opens a file to tell the uptime, and whoever looks at the time asks several times at once. */
const UPTIME_KEPT = 10;
let kept = { uptime: 0, readAt: Number.NEGATIVE_INFINITY };

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  uptime() {
    const now = performance.now();
    if (now - kept.readAt > UPTIME_KEPT) kept = { uptime: uptime() * 1000, readAt: now };
    return kept.uptime;
  },
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
