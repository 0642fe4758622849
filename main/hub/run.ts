import type { RequestListener } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readStaticFiles, type StaticFile } from '../platform/http/static-files.ts';
import type { Logger } from '../platform/log/logger.ts';
import { aborted } from '../platform/process/aborted.ts';
import type { Clock } from '../platform/time/clock.ts';
import { startSyslog } from './activity/syslog.ts';
import { createBackground } from './background.ts';
import type { HubConfig } from './config.ts';
import { startExternalIdentity } from './external-identity/start-external-identity.ts';
import { createFirstOwner } from './first-owner/first-owner.ts';
import { createFirstOwnerPage } from './first-owner/first-owner-page.ts';
import { apiRoutes } from './http/api.ts';
import { createAuthentication } from './http/authentication.ts';
import { createDashboard } from './http/dashboard.ts';
import { createEventStreams } from './http/event-stream.ts';
import { LOOPBACK, openListeners } from './http/listeners.ts';
import { createRouter } from './http/router.ts';
import { baseHeaders } from './http/security-headers.ts';
import { createRequestListener } from './http/server.ts';
import { createWriteLimits } from './http/write-limits.ts';
import { startMachineTicks } from './machines/machine-ticks.ts';
import { createMachines } from './machines/machines.ts';
import { removeAbandonedBackups } from './operator/backup.ts';
import { createHealth } from './operator/health.ts';
import { openOperatorSocket } from './operator/operator-socket.ts';
import { createChangePassword } from './people/change-password.ts';
import { createChoosePassword } from './people/choose-password.ts';
import { createPasswordLinks } from './people/password-links.ts';
import { createPeople } from './people/people.ts';
import { createPeopleStore } from './people/people-store.ts';
import { createSignInRecord } from './people/sign-in-record.ts';
import { createPipelineTokens } from './pipelines/tokens.ts';
import { startEnforcingOnTime } from './registry-access/enforce-on-time.ts';
import { createRegistryAccess } from './registry-access/registry-access.ts';
import { createSigningKeys } from './registry-access/signing-keys.ts';
import { createRequests } from './requests/requests.ts';
import { seed } from './seed.ts';
import { createSignInAttempts } from './sign-in/attempts.ts';
import { createCredentials } from './sign-in/credentials.ts';
import { createInteraction } from './sign-in/interaction.ts';
import { createOidcStore } from './sign-in/oidc-store.ts';
import { hashPassword } from './sign-in/password.ts';
import { createPasswordQueue } from './sign-in/password-queue.ts';
import { createProvider } from './sign-in/provider.ts';
import { createWrongCodes } from './sign-in/wrong-codes.ts';
import { startStaticExport } from './static-export.ts';
import { createAccounts } from './store/accounts.ts';
import { createActivity, type RecordActivity } from './store/activity.ts';
import { createFacts, type Facts } from './store/facts.ts';
import { createForgetName } from './store/forget-name.ts';
import { createLeases } from './store/leases.ts';
import { type HubDatabase, openHubDatabase } from './store/open-database.ts';
import { createChanges } from './store/shared-changes.ts';
import { createTallies } from './store/tallies.ts';
import { requestNews, startWebhooks, tellOfRevisions } from './webhooks/start-webhooks.ts';

export interface HubDeps {
  clock: Clock;
  random: (bytes: number) => Buffer;
  log: Logger;
  env: NodeJS.ProcessEnv;
  /** The built dashboard. */
  dashboardFolder: string;
}

const HOUR_MS = 3_600_000;
/** The fact that lists of an earlier version were completed (`keepAllowed`). */
const UPGRADED = 'lists-completed';

/**
 * Serves until `stop` is aborted. `announce` gets `{"ready":true,"url":"http://localhost:…"}` once the hub answers.
 * @throws ProblemError `port-in-use`, `cannot-listen`, `hub-data-in-use`, and those of the data folder and the passwords
 */
export async function runHub(
  config: HubConfig,
  deps: HubDeps & { announce: (line: string) => void; stop: AbortSignal },
): Promise<void> {
  const hub = await startHub(config, deps);
  deps.announce(JSON.stringify({ ready: true, url: hub.url }));
  await aborted(deps.stop);
  await hub.close();
}

/** @returns `url` without a trailing slash: the issuer of everything this hub signs */
export async function startHub(config: HubConfig, deps: HubDeps): Promise<{ url: string; close: () => Promise<void> }> {
  const { log } = deps;
  await using opened = new AsyncDisposableStack();
  const database = opened.adopt(await openHubDatabase(config, deps), (open) => open.close());
  const facts = createFacts(database);
  await removeAbandonedBackups(config.dataDir);
  // Released once no request is being answered any more.
  const afterRequests = opened.use(new AsyncDisposableStack());

  // The port is part of the issuer, which is in everything that is signed, so it is opened first. Requests that come before
  // the rest is ready wait.
  const handler = Promise.withResolvers<RequestListener>();
  handler.promise.catch(() => undefined);
  let ready: RequestListener | null = null;
  const { host, port } = config.listen;
  // Each of several hubs has a port of its own, which is no part of the address.
  const isOneOfMany = config.database !== undefined && config.publicUrl !== undefined;
  const listeners = await openListeners(
    host,
    port || (isOneOfMany ? 0 : await storedPort(facts)),
    baseHeaders(config.publicUrl !== undefined && new URL(config.publicUrl).protocol === 'https:'),
    (request, response) => {
      if (ready !== null) return ready(request, response);
      handler.promise.then(
        (handle) => handle(request, response),
        () => response.destroy(),
      );
    },
  );
  opened.defer(() => listeners.close());
  opened.defer(() => handler.reject(new Error('the hub did not start')));
  if (!isOneOfMany) await facts.set('port', String(listeners.port));
  const url =
    config.publicUrl === undefined
      ? `http://${host === LOOPBACK ? 'localhost' : host}:${listeners.port}`
      : new URL(config.publicUrl).origin;

  ready = await createHandler(config, deps, { url, database, facts }, { opened, afterRequests });
  handler.resolve(ready);
  log.info({ url, port: listeners.port }, 'hub started');

  const running = opened.move();
  return {
    url,
    close: async () => {
      await running.disposeAsync();
      log.info('hub stopped');
    },
  };
}

/** Builds everything that answers requests, and seeds the database. What has to be released goes on one of the two stacks. */
async function createHandler(
  config: HubConfig,
  { clock, random, log, env, dashboardFolder }: HubDeps,
  { url, database, facts }: { url: string; database: HubDatabase; facts: Facts },
  { opened, afterRequests }: Record<'opened' | 'afterRequests', AsyncDisposableStack>,
): Promise<RequestListener> {
  const now = (): number => clock.wall();
  const tallies = createTallies(database, now);
  const accounts = createAccounts(database);
  const origin = random(12).toString('hex');
  const changes = createChanges(database, { origin, clock, log });
  afterRequests.defer(() => changes.stop());
  const leases = createLeases(database, origin, now);
  const keys = createSigningKeys(database, random, now, changes);
  const activity = createActivity(database);
  const access = createRegistryAccess({ database, changes, keys, activity, issuer: url, now });
  const passwordsFile = config.passwordsFile ?? join(config.dataDir, 'passwords.json');
  for (const org of await accounts.organizations()) await access.keepPresent(org);
  // Before new organizations are added, whose lists say all that they allow.
  if ((await facts.get(UPGRADED)) === undefined) {
    for (const org of await accounts.organizations()) await access.keepAllowed(org);
    await facts.set(UPGRADED, 'storage.googleapis.com');
  }
  await seed(config.seed, passwordsFile, { database, accounts, access, keys, random, log });
  const organizations = await accounts.organizations();
  const background = createBackground(log);
  afterRequests.defer(() => background.settled());
  if (config.syslog !== undefined) {
    const machine = { hostname: hostname(), pid: process.pid };
    const syslog = await startSyslog(config.syslog, { activity, facts, leases, changes, clock, log, ...machine });
    afterRequests.defer(() => syslog.stop());
  }
  const onTime = startEnforcingOnTime(organizations, { access, clock, log });
  afterRequests.defer(() => onTime.stop());
  if (config.exportFolder !== undefined) {
    const staticExport = await startStaticExport(config.exportFolder, organizations, { access, keys, clock, log });
    afterRequests.defer(() => staticExport.stop());
  }

  const record: RecordActivity = async (org, actor, action, details) => {
    await activity.record(org, { at: now(), actor, action, details, revision: await access.revision(org) });
  };
  const hooks = await startWebhooks(config.webhooks, { database, record, clock, random, log, env });
  afterRequests.defer(() => hooks.stop());
  const machines = createMachines({
    ...{ database, facts, access, record, config: config.machines, issuer: url, random, now },
    alert: (org, alert) => hooks.send(org, 'machine.alert', { org, ...alert }),
  });
  await machines.ready();
  opened.defer(startMachineTicks(organizations, { machines, clock, log }));
  const oidcStore = createOidcStore(database, now);
  const provider = await createProvider({
    issuer: url,
    facts,
    accounts,
    adapter: oidcStore.adapter,
    random,
    accessTokenSeconds: config.accessTokenSeconds,
    wrongCodes: createWrongCodes(tallies, 'device-code', now),
  });
  provider.on('server_error', (_context, error) =>
    log.error({ part: 'openid-provider', err: error }, 'OpenID request failed'),
  );

  const streams = createEventStreams(access, config.heartbeatSeconds);
  opened.defer(() => streams.closeAll());
  opened.defer(
    changes.onChange((change) => {
      if (change.kind === 'request') streams.sendRequest({ org: change.org, id: change.id }, change.sub);
      if (change.kind === 'access') streams.recheck(change.sub);
    }),
  );
  const tokens = createPipelineTokens(database, random, now);
  const authentication = createAuthentication(oidcStore, accounts, now);
  const links = createPasswordLinks({ database, issuer: url, now, random });
  const peopleStore = createPeopleStore(database);
  const news = requestNews(hooks, url);
  const requests = createRequests({
    ...{ database, access, activity, record, random, now },
    teams: async (org) => (await peopleStore.teams(org)).map(({ name }) => name),
    teamsOf: async (org, sub) => (await peopleStore.find(org, sub))?.teams ?? [],
    usage: { ...machines, isReported: async (org) => (await machines.usageDraft(org)) !== null },
    news: {
      created: news.created,
      decided: async (org, decision, settled) => {
        await news.decided(org, decision, settled);
        for (const { id, sub } of settled) await changes.tell({ kind: 'request', org, id, sub });
      },
    },
  });
  for (const org of organizations) {
    // Where it fails, the revision is saved all the same; the next one, or the next start, settles them.
    const settle = (): void => background.run('settling requests', () => requests.settleAllowed(org));
    opened.defer(tellOfRevisions(org, { hooks, access, activity }));
    opened.defer(access.onRevision(org, settle));
    settle();
  }
  const removeOld = async (): Promise<void> => {
    await oidcStore.removeExpired();
    await activity.removeBefore(now() - config.activityDays * 24 * HOUR_MS);
    await requests.removeOld();
    await machines.removeOld(organizations);
    await hooks.removeOld();
    await tallies.removeOld();
    await changes.removeOld();
  };
  await removeOld();
  const cleanUp = setInterval(() => background.run('removing what is old', removeOld), HOUR_MS).unref();
  opened.defer(() => clearInterval(cleanUp));
  const accessChanged = (sub: string): Promise<void> => changes.tell({ kind: 'access', sub });
  const external =
    config.identity === undefined
      ? null
      : await startExternalIdentity(config.identity, {
          ...{ issuer: url, database, accounts, people: peopleStore, record, fetch, clock, random, log },
          endSignIns: oidcStore.endSignIns,
          left: (org, sub, deletedAs) => requests.personLeft(org, sub, deletedAs !== null),
          accessChanged,
        });
  if (external !== null) opened.defer(external.stop);
  const people = createPeople({
    ...{ database, accounts, store: peopleStore, links, record, random },
    endSignIns: oidcStore.endSignIns,
    forgetName: createForgetName(database),
    left: (org, sub, deletedAs) => requests.personLeft(org, sub, deletedAs !== null),
    accessChanged,
    provider: external && { host: external.host, ownAccounts: external.signIn.ownAccounts },
  });
  await changes.start();
  const decoyHash = await hashPassword(random(32).toString('base64url'), random);
  const attempts = createSignInAttempts(tallies, now);
  const passwords = createPasswordQueue();
  const isBehindProxy = url.startsWith('https:');
  const credentials = createCredentials({ accounts, attempts, passwords, isBehindProxy, decoyHash, log });
  const firstOwner = createFirstOwner({ database, facts, accounts, issuer: url, random, now });
  opened.use(await openOperatorSocket({ dataDir: config.dataDir, database, firstOwner, random, log }));
  return createRequestListener({
    issuer: url,
    provider,
    interaction: createInteraction({
      ...{ provider, accounts, credentials, log },
      signedIn: createSignInRecord({ accounts, record, now }),
      external: external?.signIn ?? null,
    }),
    hasProvider: external !== null,
    choosePassword: createChoosePassword({
      ...{ database, issuer: url, accounts, links, passwords, record, random, isBehindProxy, log },
      wrongCodes: createWrongCodes(tallies, 'password-link', now),
    }),
    changePassword:
      external === null || external.signIn.ownAccounts
        ? createChangePassword({
            ...{ database, issuer: url, accounts, credentials, passwords, record, random, isBehindProxy, log },
            endSignIns: oidcStore.endSignIns,
            accessChanged,
          })
        : null,
    firstOwnerPage: createFirstOwnerPage({
      ...{ firstOwner, passwords, isBehindProxy, random, log },
      wrongCodes: createWrongCodes(tallies, 'first-owner', now),
    }),
    checkHealth: createHealth(facts, () => clock.monotonic()),
    api: createRouter(
      apiRoutes({
        ...{
          database,
          accounts,
          access,
          activity,
          keys,
          people,
          peopleStore,
          record,
          authentication,
          streams,
          tokens,
          requests,
        },
        ...{ machines, hooks, now },
        writes: createWriteLimits(tallies, now),
        issuer: url,
      }),
    ),
    dashboard: createDashboard(readDashboard(dashboardFolder, log)),
    log,
  });
}

/** A hub without it still serves every machine: what is missing is said in its place. */
function readDashboard(folder: string, log: Logger): Map<string, StaticFile> | null {
  try {
    return readStaticFiles(folder);
  } catch (error) {
    log.warn({ err: error }, 'the dashboard has not been built');
    return null;
  }
}

/** @returns 0 at the first start */
async function storedPort(facts: Facts): Promise<number> {
  return Number((await facts.get('port')) ?? 0);
}
