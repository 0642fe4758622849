import { createHash } from 'node:crypto';
import { PersonEmail, PersonName, Username } from '../../../shared/schemas/hub/people.ts';

/** Who a person is at the provider. Issuer and subject together are the only name that never changes and is never given to another. */
export interface ExternalName {
  issuer: string;
  sub: string;
}

/** For display only: nothing is decided by these. */
export interface DisplayedPerson {
  name: string | null;
  email: string | null;
}

export function displayedPerson(claims: Record<string, unknown>): DisplayedPerson {
  return {
    name: PersonName.safeParse(claims.name).data ?? null,
    // An address that its owner never proved to have may be somebody else's.
    email: claims.email_verified === false ? null : (PersonEmail.safeParse(claims.email).data ?? null),
  };
}

/**
 * A user name from what the provider calls a person, then one that nobody else can have: two persons, or a person and an account of the
 * hub, may be called alike, and must never become one.
 *
 * @returns in the order in which to try them
 */
export function usernamesFor({ issuer, sub }: ExternalName, claims: Record<string, unknown>): readonly string[] {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, sub]))
    .digest('hex');
  const wanted = [claims.preferred_username, claims.email, sub].map(usernameFrom).find((name) => name !== null);
  const fallback = `person-${digest.slice(0, 32)}`;
  return wanted == null ? [fallback] : [wanted, `${wanted.slice(0, 46)}-${digest.slice(0, 16)}`, fallback];
}

function usernameFrom(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const cleaned = value
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9._@-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63);
  const username = Username.safeParse(cleaned).data;
  return username === undefined || RESERVED.has(username) ? null : username;
}

/** So the activity names what nobody in person does. */
const RESERVED = new Set(['hub', 'provider']);
