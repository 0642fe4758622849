import { detail } from '../../../shared/activity/details.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { PeopleStore } from '../people/people-store.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import { type Memberships, membershipsFrom } from './access.ts';
import type { IdentityConfig } from './identity-config.ts';
import type { Identity, IdentityStore } from './identity-store.ts';
import { displayedPerson, type ExternalName, usernamesFor } from './person-in-claims.ts';
import type { Confirmed, RelyingParty } from './relying-party.ts';
import type { Sealing } from './sealing.ts';

/** Asked again after this time, so that with the minute between two looks roles are never older than a quarter of an hour. */
export const DUE_MS = 10 * 60_000;
/** How long a look at one person may take before another replica tries. */
const CLAIM_MS = 60_000;
const AT_ONCE = 20;

/** Accounts of people whom the provider knows, with the roles and teams that it gives them. */
export interface ExternalIdentity {
  /** The provider has confirmed a person. @throws ProblemError `identity-no-access` for one whom the mapping gives nothing */
  signedIn: (person: Confirmed & { refreshToken: string }) => Promise<User>;
  /** Asks the provider about everybody who is due. Never rejects for one person's sake. */
  refreshDue: () => Promise<void>;
}

/** The actor of the activity's entries. */
const PROVIDER = 'provider';
const TOKEN = 'refresh token';

export function createExternalIdentity(deps: {
  config: IdentityConfig;
  relyingParty: Pick<RelyingParty, 'refresh' | 'host'>;
  sealing: Sealing;
  database: Database;
  store: IdentityStore;
  accounts: Accounts;
  people: PeopleStore;
  record: RecordActivity;
  /** Milliseconds since 1970. */
  now: () => number;
  random: (bytes: number) => Buffer;
  /** As in `createPeople`. */
  endSignIns: (account: string) => Promise<void>;
  left: (org: string, account: string, deletedAs: string | null) => Promise<void>;
  accessChanged: (account: string) => Promise<void>;
  log: Logger;
}): ExternalIdentity {
  const { config, relyingParty, sealing, database, store, accounts, people, record, now } = deps;
  const log = deps.log.child({ part: 'external-identity' });

  return {
    signedIn: async ({ issuer, sub, claims, refreshToken }) => {
      const user = await database.transaction(async () => {
        const memberships = membershipsFrom(claims, config, await accounts.organizations());
        const account = await store.find({ issuer, sub });
        if (memberships.size === 0) {
          // Whoever had access before has lost it now, and not only at the next refresh.
          if (account !== undefined) await remove(account);
          return null;
        }
        const known = account === undefined ? undefined : await accounts.bySub(account);
        const found = known ?? (await addAccount({ issuer, sub }, claims));
        await store.confirm({ issuer, sub }, found.sub, sealing.seal(TOKEN, refreshToken), now());
        await setIdentity(found, claims);
        await apply(found, memberships);
        return found;
      });
      if (user === null) throw new ProblemError(problem('identity-no-access', { server: relyingParty.host }));
      return user;
    },
    refreshDue: async () => {
      for (;;) {
        const at = now();
        const due = await store.claimDue(at - DUE_MS, at, at + CLAIM_MS, AT_ONCE);
        const answered = await Promise.all(due.map(refresh));
        // A provider that is down is asked again at the next look, and not about everybody in a row.
        if (due.length < AT_ONCE || !answered.includes(true)) return;
      }
    },
  };

  /** @returns whether the provider has answered */
  async function refresh(identity: Identity): Promise<boolean> {
    const { account, sub } = identity;
    try {
      const token = sealing.open(TOKEN, identity.refreshToken);
      const confirmed = token === null ? null : await relyingParty.refresh(token, sub);
      await database.transaction(async () => {
        const user = await accounts.bySub(account);
        if (user === undefined) return;
        if (confirmed === null) return signOut(account);
        const memberships = membershipsFrom(confirmed.claims, config, await accounts.organizations());
        if (memberships.size === 0) return remove(account);
        const { issuer } = identity;
        await store.confirm({ issuer, sub }, account, sealing.seal(TOKEN, confirmed.refreshToken), now());
        await setIdentity(user, confirmed.claims);
        await apply(user, memberships);
      });
      return true;
    } catch (error) {
      await keepOrEnd(identity, error);
      return false;
    }
  }

  /** Nothing is known about the person: what was known counts for a while, and never for more than it was. */
  async function keepOrEnd({ account, checkedAt }: Identity, error: unknown): Promise<void> {
    log.warn({ err: error, account }, 'the provider could not be asked about a person');
    if (now() - checkedAt < config.unreachableHours * 3_600_000) return;
    await database
      .transaction(() => signOut(account))
      .catch((failure: unknown) => log.error({ err: failure }, 'a person could not be signed out'));
  }

  /** Nobody is known to be a member until they have signed in again. What the person may do then is what the provider says then. */
  async function signOut(account: string): Promise<void> {
    await store.forgetToken(account);
    await deps.endSignIns(account);
    await deps.accessChanged(account);
    log.info({ account }, 'a person has to sign in at the provider again');
  }

  /** The provider gives them nothing any more. */
  async function remove(account: string): Promise<void> {
    const user = await accounts.bySub(account);
    for (const org of await people.organizationsOf(account)) await leave(org, account, user?.username ?? account);
    await signOut(account);
  }

  async function leave(org: string, account: string, username: string): Promise<void> {
    await people.leave(org, account);
    await deps.left(org, account, null);
    await record(org, PROVIDER, 'person.removed', [detail('person-removed', { username })]);
  }

  async function addAccount(name: ExternalName, claims: Record<string, unknown>): Promise<User> {
    const candidates = usernamesFor(name, claims);
    for (const username of candidates) {
      if ((await accounts.byUsername(username)) !== undefined) continue;
      const user: User = { sub: deps.random(16).toString('hex'), username, ...displayedPerson(claims), password: '' };
      await accounts.addUser(user);
      return user;
    }
    throw new ProblemError(problem('identity-name-taken', { username: candidates[0] ?? '' }));
  }

  async function setIdentity(user: User, claims: Record<string, unknown>): Promise<void> {
    const { name, email } = displayedPerson(claims);
    if (name !== user.name || email !== user.email) await accounts.setIdentity(user.sub, { name, email });
  }

  /** Makes the account's memberships what the provider says, no more and no less. */
  async function apply({ sub, username }: User, memberships: Memberships): Promise<void> {
    let changed = false;
    for (const org of await people.organizationsOf(sub)) {
      if (memberships.has(org)) continue;
      await leave(org, sub, username);
      changed = true;
    }
    for (const [org, { role, teams }] of memberships) {
      const before = await people.find(org, sub);
      for (const team of teams) await ensureTeam(org, team);
      if (before === undefined) {
        await accounts.setMembership(org, sub, role);
        await people.setTeams(org, sub, teams);
        await record(org, PROVIDER, 'person.added', [detail('person-added', { username, role, teams: [...teams] })]);
        continue;
      }
      const put = teams.filter((team) => !before.teams.includes(team));
      const taken = before.teams.filter((team) => !teams.includes(team));
      if (before.role !== role) await accounts.setMembership(org, sub, role);
      if (put.length + taken.length > 0) await people.setTeams(org, sub, teams);
      const details = [
        ...(before.role === role ? [] : [detail('role-changed', { username, before: before.role, after: role })]),
        ...put.map((team) => detail('team-joined', { username, team })),
        ...taken.map((team) => detail('team-left', { username, team })),
      ];
      if (details.length > 0) await record(org, PROVIDER, 'person.changed', details);
      changed ||= details.length > 0;
    }
    if (changed) await deps.accessChanged(sub);
  }

  async function ensureTeam(org: string, team: string): Promise<void> {
    if ((await people.teams(org)).some(({ name }) => name === team)) return;
    await people.addTeam(org, team);
    await record(org, PROVIDER, 'team.created', [detail('team-created', { team })]);
  }
}
