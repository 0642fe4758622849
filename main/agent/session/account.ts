import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { OrganizationName } from '../../../shared/policy/schema.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';

/** Who signed in last and to which organization they belong. Not secret; after a restart it is all that is known while offline. */
export const Account = z.object({
  issuer: z.string().min(1),
  clientId: z.string().min(1),
  sub: z.string().min(1).max(255),
  name: z.string().max(255).optional(),
  org: OrganizationName,
  /** All organizations that the user was last known to belong to, in the server's order. */
  organizations: z.array(OrganizationName).max(10_000),
  /** The claim that last named them, by its pointer, and since when the provider has been leaving it out (milliseconds since 1970). */
  claim: z.object({ pointer: z.string().max(255), absentSince: z.number().optional() }).optional(),
  /** Since when the administrator's settings name none of its organizations, or another server (milliseconds since 1970). */
  wrongSince: z.number().optional(),
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
        throw new ProblemError(problem('cannot-remove', { file: path }, { cause: messageOf(error) }), { cause: error });
      });
    },
  };
}

function unreadable(path: string, error: unknown): ProblemError {
  return new ProblemError(problem('account-unreadable', {}, { cause: `${path}: ${messageOf(error)}` }), {
    cause: error,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
