import { activityRoutes } from '../activity/routes.ts';
import type { Machines } from '../machines/machines.ts';
import { machineRoutes } from '../machines/routes.ts';
import type { People } from '../people/people.ts';
import type { PeopleStore } from '../people/people-store.ts';
import { peopleRoutes } from '../people/routes.ts';
import { teamRoutes } from '../people/team-routes.ts';
import { tokenRoutes } from '../pipelines/routes.ts';
import type { PipelineTokens } from '../pipelines/tokens.ts';
import { keyRoutes } from '../registry-access/key-routes.ts';
import type { RegistryAccess } from '../registry-access/registry-access.ts';
import { registryAccessRoutes } from '../registry-access/routes.ts';
import { settingsRoutes } from '../registry-access/settings-routes.ts';
import type { SigningKeys } from '../registry-access/signing-keys.ts';
import type { Requests } from '../requests/requests.ts';
import { requestRoutes } from '../requests/routes.ts';
import { rollOutRoutes } from '../roll-out/routes.ts';
import type { Accounts } from '../store/accounts.ts';
import type { Activity, RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import { webhookRoutes } from '../webhooks/routes.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { sendJson } from './answers.ts';
import type { Authentication, Caller } from './authentication.ts';
import { createCallers } from './callers.ts';
import type { EventStreams } from './event-stream.ts';
import type { Exchange } from './exchange.ts';
import type { Routes } from './router.ts';
import type { WriteLimits } from './write-limits.ts';

export interface ApiDeps {
  database: Database;
  accounts: Accounts;
  access: RegistryAccess;
  activity: Activity;
  keys: SigningKeys;
  machines: Machines;
  people: People;
  peopleStore: PeopleStore;
  record: RecordActivity;
  writes: WriteLimits;
  authentication: Authentication;
  streams: EventStreams;
  /** The hub's own address. */
  issuer: string;
  /** Milliseconds since 1970. */
  now: () => number;
  tokens: PipelineTokens;
  requests: Requests;
  hooks: Webhooks;
}

/** `/v1`, described call by call in docs/hub-api.md. */
export function apiRoutes(deps: ApiDeps): Routes {
  const may = createCallers(deps.authentication, deps.writes, deps.tokens);
  return {
    '/v1/me': { GET: may.person(getMe) },
    ...registryAccessRoutes(deps, may),
    ...settingsRoutes(deps, may),
    ...activityRoutes(deps, may),
    ...keyRoutes(deps, may),
    ...tokenRoutes(deps, may),
    ...peopleRoutes(deps, may),
    ...teamRoutes(deps, may),
    ...machineRoutes(deps, may),
    ...rollOutRoutes(deps, may),
    ...requestRoutes(deps, may),
    ...webhookRoutes(deps, may),
  };

  async function getMe({ response }: Exchange, _org: string, caller: Caller): Promise<void> {
    sendJson(response, await deps.accounts.describe(caller));
  }
}
