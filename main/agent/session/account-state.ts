import type { Problem } from '../../../shared/problems/problem.ts';
import type { SessionState } from '../../../shared/state/inputs.ts';
import type { Account } from './account.ts';
import { type AllowedOrganizations, chooseOrganization, wrongOrganization } from './organizations.ts';
import type { Person } from './person.ts';
import type { AccountState } from './sign-in-attempt.ts';

/** Who signed in where, without the organizations, which change. */
export type Identity = Pick<Account, 'issuer' | 'clientId' | 'sub' | 'name'>;

export function isSameAccount(one: Identity, other: Identity): boolean {
  return one.issuer === other.issuer && one.clientId === other.clientId && one.sub === other.sub;
}

type WrongOrganization = Extract<SessionState, { kind: 'wrong-organization' }> & { problem: Problem };

/** The same while the sign-in is kept: see `keptAccount`. */
export function keptState(state: WrongOrganization): WrongOrganization {
  return { ...state, kept: true };
}

/** What the server's word on the user's organizations makes of the account. */
export type Confirmation = { kind: 'member'; account: Account } | { kind: 'wrong'; state: WrongOrganization };

/** @param previousOrg the organization until now; null for a new sign-in. */
export function confirmAccount(
  { issuer, clientId, sub, name: previousName }: Identity,
  { name, organizations, claim }: Person,
  allowed: AllowedOrganizations,
  previousOrg: string | null,
): Confirmation {
  const org = chooseOrganization(organizations, allowed, previousOrg);
  const user = userOf(sub, name ?? previousName);
  if (org === null) return { kind: 'wrong', state: wrongState(user, organizations, allowed) };
  const source = claim === undefined ? {} : { claim: { pointer: claim } };
  return { kind: 'member', account: { issuer, clientId, ...user, org, organizations, ...source } };
}

/** Milliseconds for which somebody else's mistake signs nobody out: a weekend, and a day to repair it. */
export const MISTAKE_LIMIT = 72 * 60 * 60 * 1000;

/**
 * The administrator's list names none of the user's organizations, though the user still belongs to the one of before: a misspelt name, more
 * often than not. The sign-in is kept for `MISTAKE_LIMIT` and allows nothing meanwhile.
 *
 * @param organizations those that the user belongs to now.
 * @param now milliseconds since 1970.
 * @returns null: it was no mistake, or it is the membership that has ended.
 */
export function keptAccount(before: Account, organizations: string[], now: number): Account | null {
  if (!organizations.includes(before.org)) return null;
  return keptMeanwhile({ ...before, organizations }, now);
}

/** A clock that was ahead must not put off the end. */
function sinceWhen(known: number | undefined, now: number): number {
  return Math.min(known ?? now, now);
}

/**
 * The provider has answered without the claim. Some leave it out where there is nothing to name (Keycloak 22 and later), others because of
 * a wrong setting. Where this account was once named by the same claim, the absence ends the membership after `MISTAKE_LIMIT`; a
 * claim that has never been there says nothing.
 *
 * @param pointer the claim as it is set now.
 * @param now milliseconds since 1970.
 */
export function withoutClaim(account: Account, pointer: string, now: number): { account: Account; isOver: boolean } {
  if (account.claim?.pointer !== pointer) return { account, isOver: false };
  const absentSince = sinceWhen(account.claim.absentSince, now);
  return { account: { ...account, claim: { pointer, absentSince } }, isOver: now - absentSince >= MISTAKE_LIMIT };
}

export function signedIn(account: Account): AccountState {
  return { kind: 'signed-in', ...membershipOf(account) };
}

/**
 * The server could not be asked: the last known organizations still apply, by the settings of now.
 *
 * @param hasCredential false: the secret store has not given it.
 * @param now milliseconds since 1970.
 * @returns `account` null: it is no longer kept.
 */
export function lastKnown(
  account: Account,
  allowed: AllowedOrganizations,
  hasCredential: boolean,
  reason: Problem,
  now: number,
): { account: Account | null; state: AccountState } {
  const org = chooseOrganization(account.organizations, allowed, account.org);
  if (org === null) {
    const wrong = wrongState(userOf(account.sub, account.name), account.organizations, allowed);
    const kept = keptAccount(account, account.organizations, now);
    return { account: kept, state: kept === null ? wrong : keptState(wrong) };
  }
  const { wrongSince: _over, ...known } = account;
  const current = { ...known, org };
  const kind = hasCredential ? 'offline' : 'credential-unreadable';
  return { account: current, state: { kind, ...membershipOf(current), problem: reason } };
}

/**
 * The settings have changed while nobody is signed in. Who was turned away may be allowed now: nothing is left to sign in with, but nothing
 * is wrong any more.
 */
export function withoutAccount(state: AccountState | null, allowed: AllowedOrganizations): AccountState | null {
  if (state?.kind !== 'wrong-organization') return state;
  const { user, has } = state;
  if (chooseOrganization(has, allowed) !== null) return { kind: 'signed-out', problem: null };
  return wrongState(userOf(user.sub, user.name), has, allowed);
}

/**
 * The same while the settings name another sign-in server than the account's, so that nobody can be asked.
 *
 * @param now milliseconds since 1970.
 */
export function keptMeanwhile(before: Account, now: number): Account | null {
  const wrongSince = sinceWhen(before.wrongSince, now);
  return now - wrongSince < MISTAKE_LIMIT ? { ...before, wrongSince } : null;
}

/** Everything else only means "offline". */
export function endsSession({ code }: Problem): boolean {
  return code === 'session-ended';
}

/** As many organizations as a snapshot holds. */
const MAX_SHOWN = 20;

function membershipOf({ sub, name, org, organizations }: Account): {
  user: { sub: string; name?: string };
  org: string;
  others?: string[];
} {
  const others = organizations.filter((one) => one !== org).slice(0, MAX_SHOWN);
  return { user: userOf(sub, name), org, ...(others.length === 0 ? {} : { others }) };
}

function wrongState(
  user: { sub: string; name?: string },
  organizations: readonly string[],
  allowed: AllowedOrganizations,
): WrongOrganization {
  return {
    kind: 'wrong-organization',
    user,
    has: organizations.slice(0, MAX_SHOWN),
    problem: wrongOrganization(user.name ?? user.sub, organizations, allowed),
  };
}

function userOf(sub: string, name: string | undefined): { sub: string; name?: string } {
  return name === undefined ? { sub } : { sub, name };
}
