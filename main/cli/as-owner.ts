import type { z } from 'zod';
import { organizationOf } from '../../shared/messages/describe-state.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { Problem, ProblemError } from '../../shared/problems/problem.ts';
import { HubError } from '../../shared/schemas/hub-schema.ts';
import { hubUrl } from '../platform/net/hub-url.ts';
import { requestProblem } from '../platform/net/request-problem.ts';
import { askAgent } from './ask-agent.ts';
import { followNetwork } from './follow-network.ts';
import { keptUntil, ownerSession } from './owner-session.ts';
import { revokeToken, signInAsOwner } from './owner-sign-in.ts';
import { pipelineToken } from './pipeline-token.ts';
import { sayIfSlow } from './say-if-slow.ts';
import { withoutRetry } from './without-retry.ts';

/** What is not given is taken from the agent on this machine. */
export interface Where {
  hub?: string;
  org?: string;
}

/** The hub, called as its owner, for one command. */
export interface OwnersHub {
  org: string;
  /** @param path below that of the organization, without a leading slash. @throws ProblemError */
  ask<T extends z.ZodType>(answer: T, path: string, request?: OwnersRequest): Promise<Answer<z.output<T>>>;
}

export interface OwnersRequest {
  method?: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  body?: unknown;
  ifMatch?: string;
}

export interface Answer<T> {
  value: T;
  etag: string | null;
}

/**
 * Calls the hub with the token of a pipeline where the environment has one, or the sign-in that `hub sign-in` has kept; without one it signs in by device code for this one command and keeps
 * nothing: the agent on this machine may be somebody else's.
 *
 * @param quiet keeps standard output free for the hub's answer; the instructions go to standard error.
 * @throws ProblemError of the sign-in and of the hub.
 */
export async function asOwner(where: Where, change: (hub: OwnersHub) => Promise<void>, quiet = false): Promise<void> {
  const { hub, org } = await hubAndOrganization(where);
  await followNetwork();
  const session = ownerSession(process.env);
  const pipeline = await pipelineToken(process.env);
  const kept = pipeline === null ? await session.current(Date.now()) : null;
  const isKept = kept?.hub === hub;
  const ready = pipeline ?? (isKept ? kept.token : null);
  let { token, revoke } =
    ready === null ? await signInAsOwner(hub, { quiet }) : { token: ready, revoke: async (): Promise<void> => {} };
  const server = new URL(hub).host;
  const send = async (path: string, { method = 'GET', body, ifMatch }: OwnersRequest): Promise<Received> => {
    const answering = fetch(hubUrl(hub, `v1/orgs/${encodeURIComponent(org)}/${path}`), {
      method,
      redirect: 'error',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const response = await sayIfSlow(`Waiting for ${server}.`, answering).catch((error: unknown) => {
      throw new ProblemError(withoutRetry(requestProblem(error, server), server), { cause: error });
    });
    const content: unknown = await response.json().catch(() => null);
    return { response, content };
  };
  /** The hub wants the password once more: signs in anew, with it, and keeps that where a sign-in was kept. */
  const signInAnew = async (): Promise<void> => {
    const before = { token, revoke };
    const fresh = await signInAsOwner(hub, { quiet, fresh: true });
    ({ token, revoke } = fresh);
    if (!isKept) return before.revoke();
    await session.keep(hub, token, keptUntil(fresh, Date.now()));
    await revokeToken(hub, before.token);
    revoke = async () => {};
  };
  try {
    await change({
      org,
      async ask(answer, path, request = {}) {
        let { response, content } = await send(path, request);
        if (response.status === 403 && isFreshSignInRequired(content)) {
          await signInAnew();
          ({ response, content } = await send(path, request));
        }
        // Revoked meanwhile: the next command signs in again.
        if (response.status === 401 && isKept) await session.forget();
        if (!response.ok) throw new ProblemError(rejection(response, content, server));
        return { value: answer.parse(content), etag: response.headers.get('etag') };
      },
    });
  } finally {
    await revoke();
  }
}

interface Received {
  response: Response;
  /** null where it is no JSON. */
  content: unknown;
}

function isFreshSignInRequired(content: unknown): boolean {
  return HubError.safeParse(content).data?.code === 'fresh-sign-in-required';
}

/** @throws ProblemError `hub-unknown`, and those of the agent where it has to be asked. */
export async function hubAndOrganization(where: Where): Promise<{ hub: string; org: string }> {
  if (where.hub !== undefined && where.org !== undefined) return { hub: where.hub.replace(/\/$/, ''), org: where.org };
  const snapshot = await askAgent((client) => client.call('snapshot.get', {}));
  const hub = where.hub ?? snapshot.managed?.hub ?? '';
  const org = where.org ?? organizationOf(snapshot);
  if (hub !== '' && org !== '') return { hub: hub.replace(/\/$/, ''), org };
  throw new ProblemError(problem('hub-unknown'));
}

/** The hub's own problem, with the errors in what was sent as its cause. */
function rejection(response: Response, body: unknown, server: string): Problem {
  const error = HubError.safeParse(body);
  if (!error.success) return problem('hub-refused', { server, status: response.status });
  const { code, args, title, detail, errors = [] } = error.data;
  return Problem.parse({
    code,
    args,
    message: title,
    ...(errors.length === 0
      ? {}
      : {
          cause: errors
            .map((one) => `${one.pointer}: ${one.detail}`)
            .join(' ')
            .slice(0, 1000),
        }),
    next: detail,
  });
}
