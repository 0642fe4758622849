import { detail } from '../../../shared/activity/details.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { TokenRequest } from '../../../shared/schemas/hub/tokens.ts';
import { readJson, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpProblem } from '../http/problem-response.ts';
import { notFound, type Routes } from '../http/router.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import type { PipelineTokens } from './tokens.ts';

const MAX_BODY_BYTES = 1024;

/** The tokens of pipelines: an owner creates and deletes them. */
export function tokenRoutes(
  deps: {
    database: Database;
    tokens: PipelineTokens;
    record: RecordActivity;
    authentication: Authentication;
  },
  may: Callers,
): Routes {
  const { database, tokens, record, authentication } = deps;
  return {
    '/v1/orgs/{org}/tokens': { GET: may.auditor(listTokens), POST: may.owner(createToken) },
    '/v1/orgs/{org}/tokens/{id}': { DELETE: may.owner(deleteToken) },
  };

  async function listTokens({ response }: Exchange, org: string): Promise<void> {
    sendJson(response, { items: await tokens.list(org) });
  }

  async function createToken({ request, response }: Exchange, organization: string, caller: Caller): Promise<void> {
    // Who has stolen a session must not be able to stay.
    authentication.requireFresh(caller);
    const wanted = await readJson(request, MAX_BODY_BYTES, TokenRequest, () => ({
      problem: problem('pipeline-token-request-invalid'),
      organization,
    }));
    // The body may have taken its time, in which the caller's role may have been taken away.
    await authentication.requireRole(caller, organization, 'owner');
    const created = await database.transaction(async () => {
      const token = await tokens.create(organization, wanted, caller);
      if (typeof token === 'string') return token;
      const { name, rights, expiresAt } = token;
      await record(organization, caller.username, 'token.created', [
        detail('token-created', { name, rights, until: expiresAt }),
      ]);
      return token;
    });
    if (created === 'name-taken') {
      throw new HttpProblem(409, problem('pipeline-token-name-taken', { name: wanted.name }), { organization });
    }
    if (created === 'too-many') throw new HttpProblem(409, problem('pipeline-tokens-too-many'), { organization });
    sendJson(response, created, 201);
  }

  async function deleteToken({ response }: Exchange, organization: string, caller: Caller, id: string): Promise<void> {
    await database.transaction(async () => {
      const name = await tokens.delete(organization, id);
      if (name === undefined) throw notFound();
      await record(organization, caller.username, 'token.deleted', [detail('token-deleted', { name })]);
    });
    response.writeHead(204).end();
  }
}
