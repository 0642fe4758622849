import type { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { WebhookChange, WebhookToAdd } from '../../../shared/schemas/hub/webhooks.ts';
import { readJson, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Routes } from '../http/router.ts';
import type { Fault } from '../registry-access/fault.ts';
import type { Webhooks } from './webhooks.ts';

const MAX_BODY_BYTES = 16 * 1024;

/** Where an organization's events are sent. A webhook carries them out of the house, so each change takes a password entered just now. */
export function webhookRoutes(deps: { hooks: Webhooks; authentication: Authentication }, may: Callers): Routes {
  const { hooks, authentication } = deps;
  return {
    '/v1/orgs/{org}/webhooks': { GET: may.owner(list), POST: may.owner(add) },
    '/v1/orgs/{org}/webhooks/{id}': { PATCH: may.owner(change), DELETE: may.owner(remove) },
    '/v1/orgs/{org}/webhooks/{id}/secret': { POST: may.owner(newSecret) },
    '/v1/orgs/{org}/webhooks/{id}/test': { POST: may.owner(test) },
  };

  async function list({ response }: Exchange, org: string): Promise<void> {
    sendJson(response, { items: await hooks.list(org) });
  }

  async function add({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    authentication.requireFresh(caller);
    const hook = await readJson(request, MAX_BODY_BYTES, WebhookToAdd, invalid);
    await requireStillOwner(caller, org);
    sendJson(response, await hooks.add(org, caller.username, hook), 201);
  }

  async function change({ request, response }: Exchange, org: string, caller: Caller, id: string): Promise<void> {
    authentication.requireFresh(caller);
    const wanted = await readJson(request, MAX_BODY_BYTES, WebhookChange, invalid);
    await requireStillOwner(caller, org);
    sendJson(response, await hooks.change(org, caller.username, id, wanted));
  }

  async function remove({ response }: Exchange, org: string, caller: Caller, id: string): Promise<void> {
    authentication.requireFresh(caller);
    await hooks.remove(org, caller.username, id);
    response.writeHead(204).end();
  }

  async function newSecret({ response }: Exchange, org: string, caller: Caller, id: string): Promise<void> {
    authentication.requireFresh(caller);
    sendJson(response, await hooks.newSecret(org, caller.username, id), 201);
  }

  async function test({ response }: Exchange, org: string, caller: Caller, id: string): Promise<void> {
    authentication.requireFresh(caller);
    sendJson(response, { delivery: await hooks.test(org, id) });
  }

  /** A body may take its time, in which the caller's role may be taken away. */
  async function requireStillOwner(caller: Caller, org: string): Promise<void> {
    await authentication.requireRole(caller, org, 'owner');
    authentication.requireFresh(caller);
  }
}

function invalid({ issues }: z.ZodError): { problem: Problem; faults: Fault[] } {
  const isUrl = issues.some(({ path }) => path[0] === 'url');
  return {
    problem: isUrl ? problem('webhook-url-invalid') : problem('webhook-invalid'),
    faults: issues.slice(0, 20).map(({ path, message }) => ({
      pointer: path.map((part) => `/${String(part)}`).join(''),
      problem: problem('setting-invalid', {}, { cause: message }),
    })),
  };
}
