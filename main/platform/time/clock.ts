import { uptime } from 'node:os';

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

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  uptime: () => uptime() * 1000,
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
