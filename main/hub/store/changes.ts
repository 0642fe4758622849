import { z } from 'zod';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Database } from './database.ts';

/** What every hub on a database has to hear of, beside revisions, which each looks up itself. */
export const Change = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('revision'), org: z.string() }),
  z.object({ kind: z.literal('request'), org: z.string(), id: z.string(), sub: z.string() }),
  /** What a person may see has changed. */
  z.object({ kind: z.literal('access'), sub: z.string() }),
  z.object({ kind: z.literal('keys') }),
]);
export type Change = z.infer<typeof Change>;

/** How the hubs on one database hear of each other's changes. */
export interface Changes {
  /** Tells every hub, also this one, once the transaction that it is called in is saved. */
  tell: (change: Change) => Promise<void>;
  /** @returns how to stop listening */
  onChange: (listener: (change: Change) => void) => () => void;
  /**
   * Has `look` called whenever another hub may have saved something, and every few seconds in any case. With a database of its own nobody
   * else saves anything, and it is never called.
   * @returns how to stop it
   */
  onLook: (look: () => Promise<void>) => () => void;
  /** Once everybody listens: what happens from now on is heard. */
  start: () => Promise<void>;
  removeOld: () => Promise<void>;
  stop: () => Promise<void>;
}

/** For a hub that has its database for itself. */
export function createOwnChanges(database: Pick<Database, 'afterCommit'>): Changes {
  const listeners = new Set<(change: Change) => void>();
  return {
    tell: async (change) => {
      database.afterCommit(() => {
        for (const listener of listeners) listener(change);
      });
    },
    onChange: (listener) => subscribe(listeners, listener),
    onLook: () => () => undefined,
    start: async () => undefined,
    removeOld: async () => undefined,
    stop: async () => undefined,
  };
}
