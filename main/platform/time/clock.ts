import { uptime } from 'node:os';

/** Time as a parameter, so that a test can hold it in its hands. */
export interface Clock {
  /** Milliseconds since 1970, as the machine believes; jumps when somebody sets it. */
  wall(): number;
  /** Milliseconds since some moment; never jumps, never runs backwards, stands still while the machine sleeps. */
  monotonic(): number;
  /** Milliseconds since the machine started, its sleep included; never jumps, never runs backwards. Whole seconds at worst. */
  uptime(): number;
  /** Runs `task` once, `ms` milliseconds from now; returns how to call it off. Does not keep the process alive. */
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
