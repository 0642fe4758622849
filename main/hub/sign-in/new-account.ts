import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { Username } from '../../../shared/schemas/hub/people.ts';
import { MAX_PASSWORD_LENGTH } from './password.ts';

/** What a person enters who gets an account. */
export interface NewAccount {
  readonly username: string;
  readonly password: string;
  /** The password once more. */
  readonly repeated: string;
}

/** NIST SP 800-63B-4 section 3.1.1.2 wants 15 for a password that stands alone, and rules out demands on what is in it. */
export const MIN_PASSWORD_LENGTH = 15;

/** How user names are stored and compared. */
export function normalizedUserName(typed: string): string {
  return typed.trim().toLowerCase();
}

/** @returns the first thing that is wrong with it, or null */
export function faultInNewAccount({ username, password, repeated }: NewAccount): Problem | null {
  if (!Username.safeParse(username).success) return problem('user-name-invalid');
  // Characters, not their code units (RFC 8265 section 4.2).
  if ([...password].length < MIN_PASSWORD_LENGTH)
    return problem('password-too-short', { minimum: MIN_PASSWORD_LENGTH });
  if (password.length > MAX_PASSWORD_LENGTH) return problem('password-too-long', { maximum: MAX_PASSWORD_LENGTH });
  if (isGuessable(password, username)) return problem('password-guessable');
  if (password !== repeated) return problem('passwords-differ');
  return null;
}

/** The user name, over and over, or a character or two. Everything else that people choose is theirs to judge. */
function isGuessable(password: string, username: string): boolean {
  const lower = password.toLowerCase();
  return new Set(lower).size < 4 || lower.replaceAll(username, '').length < MIN_PASSWORD_LENGTH / 2;
}
