import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import type { Account } from './account.ts';

/** What the secret store holds: the token and whose it is, so that a mixed-up keyring is noticed. */
const StoredSecret = z.strictObject({ issuer: z.string(), sub: z.string(), refreshToken: z.string().min(1) });

type Owner = Pick<Account, 'issuer' | 'sub'>;

export function formatSecret({ issuer, sub }: Owner, refreshToken: string): string {
  return JSON.stringify({ issuer, sub, refreshToken } satisfies z.infer<typeof StoredSecret>);
}

/** @returns the refresh token. @throws ProblemError `credential-missing`, `credential-corrupted` */
export function parseSecret({ issuer, sub }: Owner, stored: string | null): string {
  // A locked keyring whose user does not unlock it looks like an empty one.
  if (stored === null) throw new ProblemError(problem('credential-missing'));
  const parsed = StoredSecret.safeParse(parseJson(stored));
  if (!parsed.success) throw corrupted('not in the expected form');
  if (parsed.data.sub !== sub || parsed.data.issuer !== issuer) throw corrupted('it belongs to another sign-in');
  return parsed.data.refreshToken;
}

function corrupted(cause: string): ProblemError {
  return new ProblemError(problem('credential-corrupted', {}, { cause }));
}
