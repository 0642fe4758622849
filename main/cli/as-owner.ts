import * as oidc from 'openid-client';
import type { z } from 'zod';
import { organizationOf } from '../../shared/messages/describe-state.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { Problem, ProblemError } from '../../shared/problems/problem.ts';
import { DESKTOP_CLIENT_ID, HubError } from '../../shared/schemas/hub-schema.ts';
import { hubUrl } from '../platform/net/hub-url.ts';
import { isPlainLoopback } from '../platform/net/loopback.ts';
import { requestProblem } from '../platform/net/request-problem.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { askAgent } from './ask-agent.ts';
import { printable, printLine } from './print.ts';
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
  method?: 'GET' | 'PUT' | 'POST';
  /** Sent as JSON. */
  body?: unknown;
  ifMatch?: string;
}

export interface Answer<T> {
  value: T;
  etag: string | null;
}

/**
 * Signs in by device code for this one command and keeps nothing: the agent on this machine may be somebody else's.
 *
 * @param quiet keeps standard output free for the hub's answer; the instructions go to standard error.
 * @throws ProblemError of the sign-in and of the hub.
 */
export async function asOwner(where: Where, change: (hub: OwnersHub) => Promise<void>, quiet = false): Promise<void> {
  const { hub, org } = await hubAndOrganization(where);
  const { token, revoke } = await signIn(hub, quiet);
  const server = new URL(hub).host;
  try {
    await change({
      org,
      async ask(answer, path, { method = 'GET', body, ifMatch } = {}) {
        const response = await fetch(hubUrl(hub, `v1/orgs/${encodeURIComponent(org)}/${path}`), {
          method,
          redirect: 'error',
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }).catch((error: unknown) => {
          throw new ProblemError(withoutRetry(requestProblem(error, server), server), { cause: error });
        });
        const content: unknown = await response.json().catch(() => null);
        if (!response.ok) throw new ProblemError(rejection(response, content, server));
        return { value: answer.parse(content), etag: response.headers.get('etag') };
      },
    });
  } finally {
    await revoke();
  }
}

async function hubAndOrganization(where: Where): Promise<{ hub: string; org: string }> {
  if (where.hub !== undefined && where.org !== undefined) return { hub: where.hub.replace(/\/$/, ''), org: where.org };
  const snapshot = await askAgent((client) => client.call('snapshot.get', {}));
  const hub = where.hub ?? snapshot.managed?.hub ?? '';
  const org = where.org ?? organizationOf(snapshot);
  if (hub !== '' && org !== '') return { hub: hub.replace(/\/$/, ''), org };
  throw new ProblemError(problem('hub-unknown'));
}

async function signIn(hub: string, quiet: boolean): Promise<{ token: string; revoke: () => Promise<void> }> {
  const issuer = URL.parse(hub);
  if (issuer === null) throw new ProblemError(problem('hub-url-invalid', { url: hub.slice(0, 200) }));
  const stop = stopSignal();
  try {
    const provider = await oidc.discovery(issuer, DESKTOP_CLIENT_ID, undefined, oidc.None(), {
      execute: isPlainLoopback(issuer) ? [oidc.allowInsecureRequests] : [],
    });
    const device = await oidc.initiateDeviceAuthorization(provider, { scope: 'openid' });
    const say = (line: string) => (quiet ? process.stderr.write(`${printable(line)}\n`) : printLine(line));
    say('Open this address in a browser and sign in as an owner:');
    say(`  ${device.verification_uri_complete ?? device.verification_uri}`);
    say(`Check that the page shows the code ${device.user_code}.`);
    const { access_token: token } = await oidc.pollDeviceAuthorizationGrant(provider, device, undefined, {
      signal: stop,
    });
    return { token, revoke: () => oidc.tokenRevocation(provider, token).catch(() => undefined) };
  } catch (error) {
    throw new ProblemError(signInProblem(error, stop, issuer.host), { cause: error });
  }
}

function signInProblem(error: unknown, stop: AbortSignal, server: string): Problem {
  if (stop.aborted) return problem('owner-sign-in-cancelled');
  if (!(error instanceof oidc.ResponseBodyError)) return withoutRetry(requestProblem(error, server), server);
  switch (error.error) {
    case 'access_denied':
      return problem('owner-sign-in-cancelled');
    case 'expired_token':
      return problem('owner-sign-in-timed-out');
    default:
      return problem('owner-sign-in-failed', { server }, { cause: error.error });
  }
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
