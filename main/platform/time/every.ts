import type { Clock } from './clock.ts';

/**
 * Runs `task` again and again, each time `ms` milliseconds after the run before has ended. One that fails is told and is
 * not the last.
 *
 * @returns how to stop: no run begins after that.
 */
export function every(
  clock: Clock,
  ms: number,
  task: () => Promise<void>,
  onFailure: (error: unknown) => void,
): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const wait = (): void => {
    cancel = clock.after(ms, () => {
      void task()
        .catch(onFailure)
        .finally(() => {
          if (!stopped) wait();
        });
    });
  };
  wait();
  return () => {
    stopped = true;
    cancel();
  };
}
