import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { OrganizationName } from '../../../shared/policy/schema.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';

/** Who signed in last and to which organization they belong: not secret, and what "offline" is made of after a restart. */
export const Account = z.object({
  issuer: z.string().min(1),
  clientId: z.string().min(1),
  sub: z.string().min(1).max(255),
  name: z.string().max(255).optional(),
  org: OrganizationName,
  /** All organizations the user was last known to belong to, in the server's order. */
  organizations: z.array(OrganizationName).max(10_000),
});
export type Account = z.infer<typeof Account>;

export interface AccountStore {
  /** @returns null if nobody is signed in. @throws ProblemError `account-unreadable` */
  read(): Promise<Account | null>;
  /** @throws ProblemError `cannot-write` */
  write(account: Account): Promise<void>;
  /** @throws ProblemError `cannot-remove` */
  remove(): Promise<void>;
}

export function accountFile(path: string): AccountStore {
  return {
    read: async () => {
      let content: string;
      try {
        content = await readFile(path, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw unreadable(path, error);
      }
      try {
        return Account.parse(JSON.parse(content));
      } catch (error) {
        throw unreadable(path, error);
      }
    },
    write: (account) => writeFileAtomic(path, `${JSON.stringify(account, null, 2)}\n`),
    remove: async () => {
      await rm(path, { force: true }).catch((error: unknown) => {
        throw new ProblemError(
          {
            code: 'cannot-remove',
            message: `${path} cannot be removed.`,
            cause: error instanceof Error ? error.message : String(error),
            next: 'Remove it by hand: as long as it is there, the next start takes you for signed in.',
          },
          { cause: error },
        );
      });
    },
  };
}

function unreadable(path: string, error: unknown): ProblemError {
  return new ProblemError(
    {
      code: 'account-unreadable',
      message: 'It cannot be read who was signed in on this machine.',
      cause: `${path}: ${error instanceof Error ? error.message : String(error)}`.slice(0, 1000),
      next: 'Sign in again.',
    },
    { cause: error },
  );
}
