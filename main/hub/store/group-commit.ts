import { sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * Saves what many callers write at about the same time in one transaction: each of its own would wait for the disk by itself. The promise
 * settles once everything is on the disk. Work that throws leaves nothing behind and fails alone. On PostgreSQL, whose connections wait
 * side by side, each is a transaction of its own.
 */
export type GroupCommit = <T>(work: () => Promise<T>) => Promise<T>;

interface Waiting {
  /** @returns what tells its caller, once it is saved */
  run: () => Promise<() => void>;
  fail: (error: unknown) => void;
}

export function createGroupCommit(database: Database): GroupCommit {
  if (database.engine === 'postgres') return database.transaction;
  let waiting: Waiting[] = [];

  return <T>(work: () => Promise<T>) => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (waiting.length === 0) setImmediate(() => void commit());
    waiting.push({
      run: async () => {
        const outcome = await attempt(work);
        return 'error' in outcome ? () => reject(outcome.error) : () => resolve(outcome.value);
      },
      fail: reject,
    });
    return promise;
  };

  async function commit(): Promise<void> {
    const group = waiting;
    waiting = [];
    try {
      const settle = await database.transaction(async () => {
        const tell: (() => void)[] = [];
        for (const { run } of group) tell.push(await run());
        return tell;
      });
      for (const tell of settle) tell();
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }

  async function attempt<T>(work: () => Promise<T>): Promise<{ value: T } | { error: unknown }> {
    await database.run(sql`SAVEPOINT work`);
    try {
      return { value: await work() };
    } catch (error) {
      await database.run(sql`ROLLBACK TO work`);
      return { error };
    } finally {
      await database.run(sql`RELEASE work`);
    }
  }
}
