/** Runs `task` for a key; whoever asks while it runs shares the next run, which begins when that one has ended. */
export type Joined<T> = (key: string) => Promise<T>;

/**
 * For a look at something that changes: what a caller gets was looked up after it asked, however many ask at once, with no more than one look
 * under way.
 */
export function createJoined<T>(task: (key: string) => Promise<T>): Joined<T> {
  const running = new Map<string, Promise<T>>();
  const next = new Map<string, Promise<T>>();

  function start(key: string): Promise<T> {
    next.delete(key);
    const run = task(key).finally(() => {
      if (running.get(key) === run) running.delete(key);
    });
    running.set(key, run);
    return run;
  }

  return (key) => {
    const present = running.get(key);
    if (present === undefined) return start(key);
    const waiting =
      next.get(key) ??
      present.then(
        () => start(key),
        () => start(key),
      );
    next.set(key, waiting);
    return waiting;
  };
}
