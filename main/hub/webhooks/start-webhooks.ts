import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, ProblemError } from '../../../shared/problems/problem.ts';
import { DASHBOARD_PATH } from '../../../shared/schemas/hub-schema.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { proxiesOf } from '../../platform/net/outbound.ts';
import { networksOf } from '../../platform/net/public-address.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { HubConfig } from '../config.ts';
import type { RegistryAccess } from '../registry-access/registry-access.ts';
import { describeHost, hostAsked } from '../requests/describe-host.ts';
import type { RequestNews } from '../requests/requests.ts';
import type { Activity, RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import { createDeliver, LOOK_UP_MS } from './deliver.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

/** @throws ProblemError where the file of authorities cannot be read */
export async function startWebhooks(
  { allowedNetworks, caFile }: HubConfig['webhooks'],
  deps: {
    database: Database;
    record: RecordActivity;
    clock: Clock;
    random: (bytes: number) => Buffer;
    log: Logger;
    /** Whose proxies they go through. */
    env: NodeJS.ProcessEnv;
  },
): Promise<Webhooks> {
  const allowed = networksOf(allowedNetworks);
  if (allowed === null) throw new Error('the configuration was not parsed');
  const own = caFile === undefined ? undefined : await readAuthorities(caFile);
  const deliver = createDeliver({
    clock: deps.clock,
    resolve: async (host) => (await lookup(host, { all: true, order: 'ipv4first' })).map(({ address }) => address),
    known: knownAddresses,
    allowed,
    proxyFor: proxiesOf(deps.env).proxyFor,
    ca: own === undefined ? undefined : [...getCACertificates('default'), own],
  });
  return createWebhooks({ ...deps, deliver });
}

/** Not by the system's own look-up: where no resolver answers, it holds the few threads that others look up names with. */
function knownAddresses(host: string): readonly Promise<readonly string[]>[] {
  const resolver = new Resolver({ timeout: LOOK_UP_MS, tries: 1 });
  return [resolver.resolve4(host), resolver.resolve6(host)];
}

async function readAuthorities(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const bad = problem('bad-config', { file, documentation: 'docs/hub-api.md' });
    throw new ProblemError(asProblem(error, bad), { cause: error });
  }
}

/** Tells the webhooks of each revision, once: where it is saved. @returns how to stop */
export function tellOfRevisions(
  org: string,
  { hooks, access, activity }: { hooks: Webhooks; access: RegistryAccess; activity: Activity },
): () => void {
  return access.onSave(org, async (revision) => {
    const entry = await activity.ofRevision(org, revision);
    const [saved] = entry === undefined ? [] : await activity.after(entry.id - 1, 1);
    const changes = saved?.org === org ? saved.item.changes : [];
    await hooks.send(org, 'settings.changed', { org, revision, by: entry?.actor ?? null, changes });
  });
}

/** Tells the webhooks of requests. @param issuer the hub's own address */
export function requestNews(hooks: Webhooks, issuer: string): RequestNews {
  return {
    created: async (org, { id, host, subject, reason, at }, { username }, people) => {
      const asked = hostAsked(host);
      const lookAlike = asked === null ? null : describeHost(asked).lookAlike;
      const url = `${issuer}${DASHBOARD_PATH}#/${org}/requests`;
      const request = { org, id, host, subject, reason, at, by: username, people, lookAlike, url };
      await hooks.send(org, 'request.created', request);
    },
    decided: async (org, decision, requests) => {
      await hooks.send(org, 'request.decided', { org, ...decision, requests: requests.map(({ id }) => id) });
    },
  };
}
