import type { Logger } from '../platform/log/logger.ts';

/** Work that nobody waits for, but the end of the hub: it must not find the database closed. */
export interface Background {
  /** What fails is in the log. @param what of the hub it is, for the log */
  run: (what: string, work: () => Promise<unknown>) => void;
  settled: () => Promise<void>;
}

export function createBackground(log: Logger): Background {
  const running = new Set<Promise<void>>();
  return {
    run: (what, work) => {
      const done = work()
        .then(
          () => undefined,
          (error: unknown) => log.error({ err: error }, `${what} failed`),
        )
        .finally(() => running.delete(done));
      running.add(done);
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
