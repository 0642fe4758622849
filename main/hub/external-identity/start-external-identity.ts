import { readFile } from 'node:fs/promises';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Fetch } from '../../platform/net/web-answer.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { every } from '../../platform/time/every.ts';
import type { PeopleStore } from '../people/people-store.ts';
import type { Accounts } from '../store/accounts.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import { createExternalIdentity } from './external-identity.ts';
import { createExternalSignIn, type ExternalSignIn, PROVIDER_REPLY_PATH } from './external-sign-in.ts';
import type { IdentityConfig } from './identity-config.ts';
import { createIdentityStore } from './identity-store.ts';
import { createProviderCookie } from './provider-cookie.ts';
import { createRelyingParty } from './relying-party.ts';
import { createSealing } from './sealing.ts';

const LOOK_MS = 60_000;

/**
 * Sign-in at the configured provider, and the renewal of what it says about people, each minute for those who are due.
 *
 * @throws ProblemError `identity-secret-unreadable`
 */
export async function startExternalIdentity(
  config: IdentityConfig,
  deps: {
    issuer: string;
    database: Database;
    accounts: Accounts;
    people: PeopleStore;
    record: RecordActivity;
    endSignIns: (account: string) => Promise<void>;
    left: (org: string, account: string, deletedAs: string | null) => Promise<void>;
    accessChanged: (account: string) => Promise<void>;
    fetch: Fetch;
    clock: Clock;
    random: (bytes: number) => Buffer;
    log: Logger;
  },
): Promise<{ signIn: ExternalSignIn; host: string; stop: () => void }> {
  const { issuer, database, accounts, clock, log } = deps;
  const now = (): number => clock.wall();
  const secret = await readSecret(config.clientSecretFile);
  const sealing = createSealing(secret, deps.random);
  const relyingParty = createRelyingParty(
    {
      ...{ issuer: config.issuer, clientId: config.clientId, clientSecret: secret, scopes: config.scopes },
      redirectUri: `${issuer}${PROVIDER_REPLY_PATH}`,
    },
    deps.fetch,
  );
  const store = createIdentityStore(database);
  const identity = createExternalIdentity({ ...deps, config, relyingParty, sealing, store, now });
  const organizations = await accounts.organizations();
  const unknown = [...config.roles, ...config.teams]
    .map(({ organization }) => organization)
    .filter((organization) => !organizations.includes(organization));
  if (unknown.length > 0) log.warn({ organizations: [...new Set(unknown)] }, 'identity names unknown organizations');
  // Who signed in with a password before stays signed in only if passwords still count.
  if (!config.ownAccounts) for (const account of await store.ownAccounts()) await deps.endSignIns(account);
  const stop = every(
    clock,
    LOOK_MS,
    () => identity.refreshDue(),
    (error) => log.error({ part: 'external-identity', err: error }, 'roles could not be renewed; trying again'),
  );
  const cookie = createProviderCookie(issuer, sealing);
  const signIn = createExternalSignIn({ relyingParty, identity, cookie, ownAccounts: config.ownAccounts, now });
  return { signIn, host: relyingParty.host, stop };
}

/** @throws ProblemError */
async function readSecret(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const cause = error instanceof Error ? error.message : 'unknown';
    throw new ProblemError(problem('identity-secret-unreadable', { file }, { cause }), { cause: error });
  });
  const secret = text.trim();
  if (secret === '') throw new ProblemError(problem('identity-secret-unreadable', { file }, { cause: 'empty' }));
  return secret;
}
