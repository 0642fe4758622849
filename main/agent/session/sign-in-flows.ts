import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { answeringFetch, type Fetch } from '../../platform/net/web-answer.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { Account } from './account.ts';
import type { Identity } from './account-state.ts';
import { type LoopbackListener, openLoopbackListener } from './loopback-listener.ts';
import { type DeviceCode, discoverProvider, type Grant, type Provider } from './provider.ts';
import { type ReplyPage, successPage } from './reply-page.ts';
import {
  beginSignIn,
  cancelSignIn,
  failSignIn,
  isCurrent,
  SIGN_IN_TIMEOUT_MS,
  type SignInEnd,
  type SignInState,
  setSignInEnd,
  type Transition,
  timeOutSignIn,
} from './sign-in-attempt.ts';
import { DEFAULT_SCOPES, requireServer, type SessionSettings, type SignInServer } from './sign-in-server.ts';

/** The two ways to sign in, and what an attempt holds open while it lasts. */
export interface SignInFlows {
  /** @throws ProblemError why the sign-in server cannot be asked. */
  signIn(): Promise<{ authorizationUrl: string }>;
  signInByDevice(): Promise<DeviceCode>;
  /** The page of the attempt under way, for a user who has closed it. @throws ProblemError `no-sign-in`, or why it fails. */
  continued(): Promise<SignInPage>;
  cancel(): void;
  /** The session ends: the port is closed at once, without a last page for a late browser. */
  close(): void;
  /** Releases what the attempt holds; its browser page says how it ended. */
  release(ended: NonNullable<Transition['ended']>): void;
}

/** Where the user goes on, and the code that is entered there, if any. */
export interface SignInPage {
  address: string;
  userCode: string | null;
}

export interface SignInFlowDeps {
  state: () => SignInState;
  apply: (transition: Transition) => void;
  /** Signs in the user whom the provider has just confirmed. @throws ProblemError why not; then nothing is kept. */
  complete: (attempt: AttemptToComplete) => Promise<Account>;
  settings: () => SessionSettings;
  fetch: Fetch;
  requestTimeoutMs: number;
  /** Brings the panel to the front from a browser; null where the panel is in a browser itself. */
  panelLink: string | null;
  clock: Clock;
  log: Logger;
}

export interface AttemptToComplete {
  id: number;
  server: SignInServer;
  grant: Grant;
  /** Aborted when the attempt ends. */
  signal: AbortSignal;
}

/** What one attempt holds open. */
interface OpenAttempt {
  id: number;
  requests: AbortController;
  cancelTimeout: () => void;
  listener: LoopbackListener | null;
  /** null until the attempt is made. */
  page: Promise<SignInPage> | null;
}

export function createSignInFlows(deps: SignInFlowDeps): SignInFlows {
  const { state, apply, settings, clock, log } = deps;
  const open = new Map<number, OpenAttempt>();
  let listening: Promise<LoopbackListener | null> = Promise.resolve(null);

  function begin(): OpenAttempt {
    const transition = beginSignIn(state(), clock.wall());
    const id = transition.state.attempts;
    const cancelTimeout = timeoutOf(id, SIGN_IN_TIMEOUT_MS);
    const begun: OpenAttempt = { id, requests: new AbortController(), cancelTimeout, listener: null, page: null };
    open.set(id, begun);
    apply(transition);
    return begun;
  }

  function timeoutOf(id: number, ms: number): () => void {
    return clock.after(ms, () => apply(timeOutSignIn(state(), id)));
  }

  function fail({ id }: OpenAttempt, error: unknown): Problem {
    const reason = asProblem(error, problem('sign-in-failed'));
    if (isCurrent(state(), id)) log.warn({ problem: reason }, 'sign-in failed');
    apply(failSignIn(state(), id, reason));
    return reason;
  }

  function discover(server: SignInServer, signal: AbortSignal): Promise<Provider> {
    const { scopes = DEFAULT_SCOPES } = settings();
    return discoverProvider({ ...server, scopes }, answeringFetch(deps.fetch, deps.requestTimeoutMs, signal), clock);
  }

  /** Remembers the page of an attempt. Whoever began it is told why there is none. */
  function leadingTo<T>(attempt: OpenAttempt, beginning: Promise<T>, pageOf: (begun: T) => SignInPage): Promise<T> {
    attempt.page = beginning.then(pageOf);
    attempt.page.catch(() => undefined);
    return beginning;
  }

  /** @throws ProblemError `sign-in-cancelled` */
  function requireCurrent(id: number): void {
    if (!isCurrent(state(), id)) throw new ProblemError(problem('sign-in-cancelled'));
  }

  /** An attempt that has ended still shows a late browser how; where ports are fixed, it must not keep the one that this attempt needs. */
  function listenForReply(): Promise<LoopbackListener> {
    const { redirectPorts = [] } = settings();
    const next = listening.then((previous) => {
      if (redirectPorts.length > 0) previous?.freePort();
      return openLoopbackListener(deps.panelLink, redirectPorts);
    });
    listening = next.catch(() => null);
    return next;
  }

  async function byBrowser(attempt: OpenAttempt): Promise<{ authorizationUrl: string }> {
    const { id, requests } = attempt;
    try {
      const server = requireServer(settings());
      const provider = await discover(server, requests.signal);
      requireCurrent(id);
      const listener = await listenForReply();
      if (!isCurrent(state(), id)) listener.close();
      requireCurrent(id);
      attempt.listener = listener;
      const { forceLogin } = state();
      const { url, state: expected, redeem } = await provider.browserSignIn(listener.redirectUri, { forceLogin });
      listener.expect(expected, async (reply) => {
        try {
          const grant = await redeem(reply);
          return successPage(await deps.complete({ id, server, grant, signal: requests.signal }));
        } catch (error) {
          return { kind: 'not-signed-in', problem: fail(attempt, error) };
        }
      });
      return { authorizationUrl: url.href };
    } catch (error) {
      throw new ProblemError(fail(attempt, error), { cause: error });
    }
  }

  async function byDevice(attempt: OpenAttempt): Promise<DeviceCode> {
    const { id, requests } = attempt;
    try {
      const server = requireServer(settings());
      const provider = await discover(server, requests.signal);
      const { poll, ...code } = await provider.deviceSignIn();
      // From now on the provider decides how long the attempt lasts.
      attempt.cancelTimeout();
      attempt.cancelTimeout = timeoutOf(id, code.expiresAt - clock.wall());
      apply(setSignInEnd(state(), id, code.expiresAt));
      void poll(requests.signal)
        .then((grant) => deps.complete({ id, server, grant, signal: requests.signal }))
        .catch((error: unknown) => fail(attempt, error));
      return code;
    } catch (error) {
      throw new ProblemError(fail(attempt, error), { cause: error });
    }
  }

  return {
    signIn() {
      const attempt = begin();
      return leadingTo(attempt, byBrowser(attempt), ({ authorizationUrl }) => ({
        address: authorizationUrl,
        userCode: null,
      }));
    },
    signInByDevice() {
      const attempt = begin();
      return leadingTo(attempt, byDevice(attempt), ({ verificationUri, verificationUriComplete, userCode }) => ({
        address: verificationUriComplete ?? verificationUri,
        userCode,
      }));
    },
    async continued() {
      const page = open.get(state().attempt?.id ?? -1)?.page;
      if (page == null) throw new ProblemError(problem('no-sign-in'));
      return page;
    },
    cancel: () => apply(cancelSignIn(state())),
    close() {
      for (const { listener } of open.values()) listener?.close();
      apply(cancelSignIn(state()));
    },
    release({ id, end }) {
      const ended = open.get(id);
      if (ended === undefined) return;
      open.delete(id);
      const { requests, cancelTimeout, listener } = ended;
      cancelTimeout();
      if (end.kind === 'completed') return;
      listener?.retire(pageAfter(end));
      requests.abort(new ProblemError(end.kind === 'failed' ? end.problem : problem('sign-in-cancelled')));
    },
  };
}

/** What a browser is shown that comes back all the same. */
function pageAfter(end: Exclude<SignInEnd, { kind: 'completed' }>): ReplyPage {
  if (end.kind === 'replaced') return { kind: 'replaced' };
  return { kind: 'not-signed-in', problem: end.kind === 'failed' ? end.problem : problem('sign-in-cancelled') };
}

/** @throws ProblemError `no-id-token`, `no-refresh-token` */
export function requireTokens(
  server: Pick<Account, 'issuer' | 'clientId'>,
  { claims, refreshToken }: Grant,
): { identity: Identity; refreshToken: string } {
  const sub = claims?.sub;
  if (typeof sub !== 'string') {
    throw new ProblemError(problem('no-id-token', {}, { cause: 'no ID token came with the access token' }));
  }
  if (refreshToken === null) {
    throw new ProblemError(problem('no-refresh-token', {}, { cause: 'no refresh token came with the access token' }));
  }
  return { identity: { ...server, sub }, refreshToken };
}
