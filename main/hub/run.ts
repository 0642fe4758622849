import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Logger } from '../platform/log/logger.ts';
import { aborted } from '../platform/process/aborted.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { HubConfig } from './config.ts';
import { createApi } from './http/api.ts';
import { createAuthentication } from './http/authentication.ts';
import { createEventStreams } from './http/event-stream.ts';
import { LOOPBACK, openListeners } from './http/listeners.ts';
import { createRequestListener } from './http/server.ts';
import { createRegistryAccess } from './registry-access/registry-access.ts';
import { createSigningKeys } from './registry-access/signing-keys.ts';
import { seed } from './seed.ts';
import { createSignInAttempts } from './sign-in/attempts.ts';
import { createInteraction } from './sign-in/interaction.ts';
import { createOidcStore } from './sign-in/oidc-store.ts';
import { hashPassword } from './sign-in/password.ts';
import { createProvider } from './sign-in/provider.ts';
import { startStaticExport } from './static-export.ts';
import { createAccounts } from './store/accounts.ts';
import { openDatabase } from './store/database.ts';
import { createFacts, type Facts } from './store/facts.ts';

export interface HubDeps {
  clock: Clock;
  random: (bytes: number) => Buffer;
  log: Logger;
}

const HOUR_MS = 3_600_000;

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

/** @returns `url` without a slash at the end: the issuer of everything that this hub signs */
export async function startHub(config: HubConfig, deps: HubDeps): Promise<{ url: string; close: () => Promise<void> }> {
  const { log } = deps;
  const database = await openDatabase(config.dataDir);
  const facts = createFacts(database);
  const parts = Promise.withResolvers<Parts>();
  parts.promise.catch(() => undefined);

  try {
    // The port comes first, since it is part of the issuer, and that stands in all that is signed. Who calls before the
    // rest is built waits.
    const { host, port } = config.listen;
    const listeners = await openListeners(host, port || keptPort(facts), (request, response) => {
      parts.promise.then(
        ({ answer }) => answer(request, response),
        () => response.destroy(),
      );
    });
    try {
      facts.set('port', String(listeners.port));
      const own = `http://${host === LOOPBACK ? 'localhost' : host}:${listeners.port}`;
      const url = config.publicUrl === undefined ? own : new URL(config.publicUrl).origin;
      const built = await build(config, deps, { url, database, facts });
      parts.resolve(built);
      log.info({ event: 'listening', url, port: listeners.port }, 'the hub answers');
      return {
        url,
        close: async () => {
          built.stop();
          await listeners.close();
          await built.staticExport?.stop();
          database.close();
          log.info({ event: 'stopped' }, 'the hub has stopped');
        },
      };
    } catch (error) {
      parts.reject(error);
      await listeners.close();
      throw error;
    }
  } catch (error) {
    database.close();
    throw error;
  }
}

interface Parts {
  answer: RequestListener;
  staticExport: { stop: () => Promise<void> } | undefined;
  /** Ends what would keep connections or the process alive. */
  stop: () => void;
}

async function build(
  config: HubConfig,
  { clock, random, log }: HubDeps,
  { url, database, facts }: { url: string; database: DatabaseSync; facts: Facts },
): Promise<Parts> {
  const now = (): number => clock.wall();
  const accounts = createAccounts(database);
  const keys = createSigningKeys(database, random, now);
  const access = createRegistryAccess({ database, keys, issuer: url, now });
  const passwordsFile = config.passwordsFile ?? join(config.dataDir, 'passwords.json');
  await seed(config.seed, passwordsFile, { database, accounts, access, keys, random });

  const oidcStore = createOidcStore(database, now);
  oidcStore.removeExpired();
  const provider = createProvider({
    issuer: url,
    facts,
    accounts,
    adapter: oidcStore.adapter,
    random,
    accessTokenSeconds: config.accessTokenSeconds,
  });
  provider.on('server_error', (_context, error) => log.error({ err: error }, 'the OpenID provider failed'));

  const streams = createEventStreams(access, config.heartbeatSeconds);
  const authentication = createAuthentication(provider, accounts);
  const decoyHash = await hashPassword(random(32).toString('base64url'), random);
  const attempts = createSignInAttempts(now);
  const exported = accounts.organizations();
  const housekeeping = setInterval(() => oidcStore.removeExpired(), HOUR_MS).unref();
  return {
    staticExport:
      config.exportFolder === undefined
        ? undefined
        : await startStaticExport(config.exportFolder, exported, { access, keys, clock, log }),
    stop: () => {
      clearInterval(housekeeping);
      streams.closeAll();
    },
    answer: createRequestListener({
      issuer: url,
      provider,
      interaction: createInteraction({ provider, accounts, attempts, decoyHash, log }),
      api: createApi({ accounts, access, keys, authentication, streams }),
      log,
    }),
  };
}

function keptPort(facts: Facts): number {
  return Number(facts.get('port') ?? 0);
}
