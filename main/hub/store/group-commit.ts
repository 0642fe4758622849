import type { DatabaseSync } from 'node:sqlite';
import { transaction } from './database.ts';

/**
 * Saves what many callers write at about the same time in one transaction: each of its own would wait for the disk by itself. The promise settles
 * once everything is on the disk. Work that throws leaves nothing behind and fails alone.
 */
export type GroupCommit = <T>(work: () => T) => Promise<T>;

interface Waiting {
  /** @returns what tells its caller, once it is saved */
  run: () => () => void;
  fail: (error: unknown) => void;
}

export function createGroupCommit(database: DatabaseSync): GroupCommit {
  let waiting: Waiting[] = [];

  return <T>(work: () => T) => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (waiting.length === 0) setImmediate(commit);
    waiting.push({
      run: () => {
        const outcome = attempt(work);
        return 'error' in outcome ? () => reject(outcome.error) : () => resolve(outcome.value);
      },
      fail: reject,
    });
    return promise;
  };

  function commit(): void {
    const group = waiting;
    waiting = [];
    try {
      const settle = transaction(database, () => group.map(({ run }) => run()));
      for (const tell of settle) tell();
    } catch (error) {
      for (const { fail } of group) fail(error);
    }
  }

  function attempt<T>(work: () => T): { value: T } | { error: unknown } {
    database.exec('SAVEPOINT work');
    try {
      return { value: work() };
    } catch (error) {
      database.exec('ROLLBACK TO work');
      return { error };
    } finally {
      database.exec('RELEASE work');
    }
  }
}
