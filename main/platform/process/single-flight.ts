export interface SingleFlight<T> {
  /** Shares the run that is under way, or starts one. */
  join(): Promise<T>;
  /**
   * Resolves with a run that begins no earlier than this call: whatever is under way may have looked too early. All who ask
   * during one run share the next.
   */
  again(): Promise<T>;
  isRunning(): boolean;
}

/** At most one `run` at a time, however many callers ask for it. A run starts within the call that asks for it. */
export function createSingleFlight<T>(run: () => Promise<T>): SingleFlight<T> {
  let current: Promise<T> | null = null;

  function start(): Promise<T> {
    const flight = (async () => run())().finally(() => {
      if (current === flight) current = null;
    });
    current = flight;
    return flight;
  }

  const join = (): Promise<T> => current ?? start();

  return {
    join,
    again() {
      if (current === null) return start();
      // All who wait for the run under way wake up in one go: the first starts the next run, the others join it.
      return current.catch(() => undefined).then(join);
    },
    isRunning: () => current !== null,
  };
}
