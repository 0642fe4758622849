import { problem } from '../../../shared/problems/catalogue.ts';
import { TokenRequest } from '../../../shared/schemas/hub/tokens.ts';
import { readJson, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import { HttpProblem } from '../http/problem-response.ts';
import { type Exchange, notFound, type Routes } from '../http/router.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { PipelineTokens } from './tokens.ts';

const MAX_BODY_BYTES = 1024;

/** The tokens of pipelines: an owner creates and deletes them. */
export function tokenRoutes(
  deps: {
    tokens: PipelineTokens;
    record: RecordActivity;
    authentication: Authentication;
  },
  may: Callers,
): Routes {
  const { tokens, record, authentication } = deps;
  return {
    '/v1/orgs/{org}/tokens': { GET: may.auditor(listTokens), POST: may.owner(createToken) },
    '/v1/orgs/{org}/tokens/{id}': { DELETE: may.owner(deleteToken) },
  };

  function listTokens({ response }: Exchange, org: string): void {
    sendJson(response, { items: tokens.list(org) });
  }

  async function createToken({ request, response }: Exchange, organization: string, caller: Caller): Promise<void> {
    // Who has stolen a session must not be able to stay.
    authentication.requireFresh(caller);
    const wanted = await readJson(request, MAX_BODY_BYTES, TokenRequest, () => ({
      problem: problem('pipeline-token-request-invalid'),
      organization,
    }));
    // The body may have taken its time, in which the caller's role may have been taken away.
    authentication.requireRole(caller, organization, 'owner');
    const created = tokens.create(organization, wanted, caller);
    if (created === 'name-taken') {
      throw new HttpProblem(409, problem('pipeline-token-name-taken', { name: wanted.name }), { organization });
    }
    if (created === 'too-many') throw new HttpProblem(409, problem('pipeline-tokens-too-many'), { organization });
    const { name, rights, expiresAt } = created;
    record(organization, caller.username, 'token.created', [
      `created pipeline token ${name} (${rights}) until ${expiresAt}`,
    ]);
    sendJson(response, created, 201);
  }

  function deleteToken({ response }: Exchange, organization: string, caller: Caller, id: string): void {
    const name = tokens.delete(organization, id);
    if (name === undefined) throw notFound();
    record(organization, caller.username, 'token.deleted', [`deleted pipeline token ${name}`]);
    response.writeHead(204).end();
  }
}
