/** Time as a parameter, so that a test can hold it in its hands. */
export interface Clock {
  /** Milliseconds since 1970, as the machine believes; jumps when somebody sets it. */
  wall(): number;
  /** Milliseconds since some moment; never jumps, never runs backwards, stands still while the machine sleeps. */
  monotonic(): number;
  /** Runs `task` once, `ms` milliseconds from now; returns how to call it off. Does not keep the process alive. */
  after(ms: number, task: () => void): () => void;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
