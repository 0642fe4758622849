import type { Logger } from '../../platform/log/logger.ts';
import { createSerialQueue } from '../../platform/process/serial-queue.ts';
import type { Account, AccountStore } from './account.ts';
import type { SecretStore } from './secret-store.ts';

/**
 * Account file and secret store, changed one after the other and only while the caller's condition still holds, so that nothing late
 * undoes a sign-out.
 */
export interface AccountStorage {
  /** @returns false: the condition does not hold any more, and nothing was saved. @throws ProblemError `cannot-write` */
  saveSignIn(account: Account, secret: string, condition: () => boolean): Promise<boolean>;
  /** @throws ProblemError `cannot-write` */
  saveAccount(account: Account, condition: () => boolean): Promise<void>;
  /** @throws ProblemError `cannot-write` */
  saveSecret(secret: string, condition: () => boolean): Promise<void>;
  /** @throws ProblemError `cannot-remove`: after a restart the account would be back. */
  remove(condition: () => boolean): Promise<void>;
  /** Resolves when all that was begun is done. */
  written(): Promise<void>;
}

export function openAccountStorage(accounts: AccountStore, secrets: SecretStore, log: Logger): AccountStorage {
  const inOrder = createSerialQueue();

  return {
    saveSignIn: (account, secret, condition) =>
      inOrder(async () => {
        if (!condition()) return false;
        await accounts.write(account);
        await secrets.write(secret);
        return true;
      }),
    saveAccount: (account, condition) =>
      inOrder(async () => {
        if (condition()) await accounts.write(account);
      }),
    saveSecret: (secret, condition) =>
      inOrder(async () => {
        if (condition()) await secrets.write(secret);
      }),
    remove: (condition) =>
      inOrder(async () => {
        if (!condition()) return;
        // Without the account the next start is signed out, whatever else is left.
        await accounts.remove();
        // A keyring that stays locked keeps a token that is being revoked; the next sign-in overwrites it.
        await secrets.remove().catch((error: unknown) => log.warn({ err: error }, 'secret not removed'));
      }),
    written: () => inOrder(() => undefined),
  };
}
