import * as oidc from 'openid-client';
import { problem } from '../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../shared/problems/problem.ts';
import { DESKTOP_CLIENT_ID } from '../../shared/schemas/hub-schema.ts';
import { isPlainLoopback } from '../platform/net/loopback.ts';
import { requestProblem } from '../platform/net/request-problem.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { printable, printLine } from './print.ts';
import { withoutRetry } from './without-retry.ts';

export interface OwnerSignIn {
  token: string;
  /** Seconds from now until the token expires; null where the hub does not say. */
  expiresIn: number | null;
  revoke: () => Promise<void>;
}

interface Asking {
  /** Keeps standard output free for the hub's answer; the instructions go to standard error. */
  quiet: boolean;
  /** Asks for the password also where the browser is signed in already. */
  fresh?: boolean;
}

/**
 * Signs in by device code.
 * @throws ProblemError
 */
export async function signInAsOwner(hub: string, { quiet, fresh = false }: Asking): Promise<OwnerSignIn> {
  const issuer = URL.parse(hub);
  if (issuer === null) throw new ProblemError(problem('hub-url-invalid', { url: hub.slice(0, 200) }));
  const stop = stopSignal();
  try {
    const provider = await discover(issuer);
    const device = await oidc.initiateDeviceAuthorization(provider, {
      scope: 'openid',
      ...(fresh ? { max_age: '0' } : {}),
    });
    const say = (line: string) => (quiet ? process.stderr.write(`${printable(line)}\n`) : printLine(line));
    if (fresh) say('This takes a password entered just now.');
    say('Open this address in a browser and sign in as an owner:');
    say(`  ${device.verification_uri_complete ?? device.verification_uri}`);
    say(`Check that the page shows the code ${device.user_code}.`);
    const { access_token: token, expires_in } = await oidc.pollDeviceAuthorizationGrant(provider, device, undefined, {
      signal: stop,
    });
    return {
      token,
      expiresIn: expires_in ?? null,
      revoke: () => oidc.tokenRevocation(provider, token).catch(() => undefined),
    };
  } catch (error) {
    throw new ProblemError(signInProblem(error, stop, issuer.host), { cause: error });
  }
}

function signInProblem(error: unknown, stop: AbortSignal, server: string): Problem {
  if (stop.aborted) return problem('owner-sign-in-cancelled');
  if (
    error instanceof oidc.ClientError &&
    /^OAUTH_(?!TIMEOUT)/.test(error.code ?? '') &&
    !(error.cause instanceof TypeError)
  ) {
    // It answered, but not as a hub.
    return problem('owner-sign-in-failed', { server }, { cause: error.code });
  }
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

/** Ends a sign-in that was kept. A hub that cannot be reached lets the token expire by itself. */
export async function revokeToken(hub: string, token: string): Promise<void> {
  await discover(new URL(hub))
    .then((provider) => oidc.tokenRevocation(provider, token))
    .catch(() => undefined);
}

function discover(issuer: URL): Promise<oidc.Configuration> {
  return oidc.discovery(issuer, DESKTOP_CLIENT_ID, undefined, oidc.None(), {
    execute: isPlainLoopback(issuer) ? [oidc.allowInsecureRequests] : [],
  });
}
