import { problem } from '../../../shared/problems/catalogue.ts';
import { KeyToUse } from '../../../shared/schemas/hub-schema.ts';
import { readJson, send, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpProblem } from '../http/problem-response.ts';
import { notFound, type Routes } from '../http/router.ts';
import type { RegistryAccess } from './registry-access.ts';
import type { SigningKeys } from './signing-keys.ts';

const MAX_KEY_BYTES = 1024;

/** The keys that sign policies, and their rotation. */
export function keyRoutes(
  deps: { access: RegistryAccess; keys: SigningKeys; authentication: Authentication },
  may: Callers,
): Routes {
  const { access, keys, authentication } = deps;
  return {
    '/v1/policy-keys': { GET: getPublishedKeys },
    '/v1/orgs/{org}/policy-keys': { GET: may.auditor(getKeyStates), POST: may.owner(announceKey) },
    '/v1/orgs/{org}/policy-keys/signing': { PUT: may.owner(useKey) },
  };

  async function getPublishedKeys({ response, url }: Exchange): Promise<void> {
    const kid = url.searchParams.get('signedBy');
    if (kid === null) {
      sendJson(response, await keys.published());
    } else {
      const signed = await keys.publishedSignedBy(kid);
      if (signed === undefined) throw notFound();
      send(response, 'application/jose', signed);
    }
  }

  async function getKeyStates({ response }: Exchange, org: string): Promise<void> {
    sendJson(response, await keys.states(org));
  }

  async function announceKey({ response }: Exchange, org: string, caller: Caller): Promise<void> {
    authentication.requireFresh(caller);
    const announced = await access.announceKey(org, caller.username);
    sendJson(response, await keys.states(org), announced ? 201 : 200);
  }

  async function useKey({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    authentication.requireFresh(caller);
    const { kid } = await readJson(request, MAX_KEY_BYTES, KeyToUse, () => ({ problem: problem('key-invalid') }));
    // The body may have taken its time, in which the caller's role may have been taken away.
    await authentication.requireRole(caller, org, 'owner');
    if (!(await access.useKey(org, kid, caller.username))) {
      throw new HttpProblem(409, problem('key-not-announced', { organization: org }), { organization: org });
    }
    sendJson(response, await keys.states(org));
  }
}
