/** Runs a task after all those before it; resolves or rejects as the task does. */
export type SerialQueue = <T>(task: () => Promise<T> | T) => Promise<T>;

/** A queue that runs one task at a time, in the order given. A task that fails does not stop those behind it. */
export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}
