import type { Clock } from './clock.ts';

/**
 * Runs `task` repeatedly, each time `ms` milliseconds after the previous run has ended, even if that failed.
 *
 * @returns stops it: no run begins after that.
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
