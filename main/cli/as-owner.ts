import * as oidc from 'openid-client';
import type { z } from 'zod';
import { organizationOf } from '../../shared/messages/describe-state.ts';
import { type Problem, ProblemError } from '../../shared/problems/problem.ts';
import { DESKTOP_CLIENT_ID, HubError } from '../../shared/schemas/hub-schema.ts';
import { hubUrl } from '../platform/net/hub-url.ts';
import { isPlainLoopback } from '../platform/net/loopback.ts';
import { requestProblem } from '../platform/net/request-problem.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { askAgent } from './ask-agent.ts';
import { printable, printLine } from './print.ts';

/** What is not given is what the agent on this machine goes by. */
export interface Where {
  hub?: string;
  org?: string;
}

/** The hub as its owner, for one change. */
export interface OwnersHub {
  org: string;
  /** @param path below the organization's own, without a slash in front. @throws ProblemError */
  ask<T extends z.ZodType>(answer: T, path: string, request?: OwnersRequest): Promise<Answer<z.output<T>>>;
}

export interface OwnersRequest {
  method?: 'GET' | 'PUT' | 'POST';
  /** What becomes its JSON. */
  body?: unknown;
  ifMatch?: string;
}

export interface Answer<T> {
  value: T;
  etag: string | null;
}

/**
 * Signs in by device code for this one change and keeps nothing: the agent on this machine may be somebody else's.
 *
 * @param quiet standard output is for what the hub answers alone; what to do is said on standard error.
 * @throws ProblemError for whatever the hub refuses.
 */
export async function asOwner(where: Where, change: (hub: OwnersHub) => Promise<void>, quiet = false): Promise<void> {
  const { hub, org } = await resolve(where);
  const { token, revoke } = await signIn(hub, quiet);
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
        });
        const content: unknown = await response.json().catch(() => null);
        if (!response.ok) throw new ProblemError(refusal(response, content));
        return { value: answer.parse(content), etag: response.headers.get('etag') };
      },
    });
  } finally {
    await revoke();
  }
}

async function resolve(where: Where): Promise<{ hub: string; org: string }> {
  if (where.hub !== undefined && where.org !== undefined) return { hub: where.hub.replace(/\/$/, ''), org: where.org };
  const snapshot = await askAgent((client) => client.call('snapshot.get', {}));
  const hub = where.hub ?? snapshot.managed?.hub ?? '';
  const org = where.org ?? organizationOf(snapshot);
  if (hub !== '' && org !== '') return { hub: hub.replace(/\/$/, ''), org };
  throw new ProblemError({
    code: 'hub-unknown',
    message: 'The agent on this machine names no hub and organization to change.',
    next: 'Give both: --hub URL --org NAME.',
  });
}

async function signIn(hub: string, quiet: boolean): Promise<{ token: string; revoke: () => Promise<void> }> {
  const issuer = URL.parse(hub);
  if (issuer === null)
    throw new ProblemError({ code: 'hub-unknown', message: 'The address of the hub is no URL.', cause: hub });
  const stop = stopSignal();
  try {
    const provider = await oidc.discovery(issuer, DESKTOP_CLIENT_ID, undefined, oidc.None(), {
      execute: isPlainLoopback(issuer) ? [oidc.allowInsecureRequests] : [],
    });
    const device = await oidc.initiateDeviceAuthorization(provider, { scope: 'openid' });
    const say = (line: string) => (quiet ? process.stderr.write(`${printable(line)}\n`) : printLine(line));
    say('As an owner, open this address in a browser and sign in:');
    say(`  ${device.verification_uri_complete ?? device.verification_uri}`);
    say(`It shows the code ${device.user_code}.`);
    const { access_token: token } = await oidc.pollDeviceAuthorizationGrant(provider, device, undefined, {
      signal: stop,
    });
    return { token, revoke: () => oidc.tokenRevocation(provider, token).catch(() => undefined) };
  } catch (error) {
    throw new ProblemError(signInProblem(error, stop), { cause: error });
  }
}

const NOTHING_CHANGED = 'Nothing was changed. Run the command again.';

function signInProblem(error: unknown, stop: AbortSignal): Problem {
  if (stop.aborted) return { code: 'sign-in-cancelled', message: 'Sign-in was called off.', next: NOTHING_CHANGED };
  if (error instanceof oidc.ResponseBodyError) {
    const refused = error.error === 'access_denied';
    const late = error.error === 'expired_token';
    return {
      code: refused ? 'sign-in-refused' : late ? 'sign-in-timed-out' : 'sign-in-failed',
      message: refused
        ? 'Sign-in was refused in the browser.'
        : late
          ? 'Nobody signed in in time.'
          : 'The hub did not let anybody sign in.',
      ...(refused || late ? {} : { cause: error.error }),
      next: NOTHING_CHANGED,
    };
  }
  return { ...requestProblem(error, 'the hub'), next: NOTHING_CHANGED };
}

function refusal(response: Response, body: unknown): Problem {
  const error = HubError.safeParse(body);
  return {
    code: error.success ? error.data.code : 'hub-refused',
    message: `The hub did not take the change: ${(error.success ? error.data.title : `status ${response.status}`).replace(/\.$/, '')}.`,
    ...(error.success && error.data.detail ? { cause: error.data.detail } : {}),
    ...nextAfter(response.status),
  };
}

function nextAfter(status: number): Pick<Problem, 'next'> {
  if (status === 403) return { next: 'Run the command again and sign in as an owner.' };
  return status === 412 ? { next: 'Somebody else has saved meanwhile. Run the command again.' } : {};
}
