import type { Clock } from '../../platform/time/clock.ts';

const LOOK_MS = 5_000;
/** Ten a second: few of them, if any, come in the milliseconds that the task takes. */
const FEW = 50;

/** Runs a task that stops the DNS threads for some milliseconds, once hardly anybody asks them. No timer runs while none is wanted. */
export interface WhenQuiet {
  want(): void;
  close(): void;
}

/** @param asked how many questions have come so far */
export function createWhenQuiet(clock: Pick<Clock, 'after'>, asked: () => number, task: () => void): WhenQuiet {
  let cancel: (() => void) | null = null;
  const wait = (before: number): void => {
    cancel = clock.after(LOOK_MS, () => {
      cancel = null;
      const now = asked();
      if (now - before > FEW) return wait(now);
      task();
    });
  };
  return {
    want() {
      if (cancel === null) wait(asked());
    },
    close: () => cancel?.(),
  };
}
