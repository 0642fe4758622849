import type { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { DecideRequests, RequestsQuery, RequestToSend } from '../../../shared/schemas/hub/requests.ts';
import { readJson, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Routes } from '../http/router.ts';
import type { Fault } from '../registry-access/fault.ts';
import type { Requests } from './requests.ts';

const MAX_REQUEST_BYTES = 16 * 1024;
const MAX_DECISION_BYTES = 128 * 1024;

/** What people ask for, and what is decided about it. */
export function requestRoutes(deps: { requests: Requests; authentication: Authentication }, may: Callers): Routes {
  const { requests, authentication } = deps;
  return {
    '/v1/orgs/{org}/requests': { GET: may.auditor(list), POST: may.member(send) },
    '/v1/orgs/{org}/requests/mine': { GET: may.member(mine) },
    '/v1/orgs/{org}/requests/blocked': { GET: may.auditor(blocked) },
    '/v1/orgs/{org}/requests/decisions': { POST: may.registryManager(decide) },
    '/v1/orgs/{org}/requests/{id}': { DELETE: may.member(withdraw) },
  };

  async function list({ response, url }: Exchange, org: string): Promise<void> {
    const query = RequestsQuery.safeParse(Object.fromEntries(url.searchParams));
    if (!query.success) throw new HttpProblem(400, problem('query-invalid'));
    sendJson(response, await requests.page(org, query.data));
  }

  async function send({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    const sent = await readJson(request, MAX_REQUEST_BYTES, RequestToSend, invalidAs('request-invalid'));
    // The body may have taken its time, in which the caller may have been removed.
    await authentication.requireRole(caller, org, 'member');
    const { request: saved, isNew } = await requests.send(org, caller, sent);
    sendJson(response, saved, isNew ? 201 : 200);
  }

  async function mine({ response }: Exchange, org: string, { sub }: Caller): Promise<void> {
    sendJson(response, await requests.mine(org, sub));
  }

  async function withdraw({ response }: Exchange, org: string, { sub }: Caller, id: string): Promise<void> {
    await requests.withdraw(org, sub, id);
    response.writeHead(204).end();
  }

  async function blocked({ response }: Exchange, org: string): Promise<void> {
    sendJson(response, await requests.blocked(org));
  }

  async function decide({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    const body = await readJson(request, MAX_DECISION_BYTES, DecideRequests, invalidAs('request-decision-invalid'));
    const requireStillAllowed = (): Promise<void> => authentication.requireRole(caller, org, 'registry-manager');
    await requireStillAllowed();
    sendJson(response, await requests.decide(org, { username: caller.username, requireStillAllowed }, body));
  }
}

function invalidAs(code: 'request-invalid' | 'request-decision-invalid') {
  return ({ issues }: z.ZodError): { problem: Problem; faults: Fault[] } => ({
    problem: problem(code),
    faults: issues.slice(0, 20).map(({ path, message }) => ({
      pointer: path.map((part) => `/${String(part)}`).join(''),
      problem: problem('setting-invalid', {}, { cause: message }),
    })),
  });
}
