import { type Problem, ProblemError, toProblem } from '../../../shared/problems/problem.ts';
import type { HealthEntry, SessionState } from '../../../shared/state/inputs.ts';
import { belongs } from '../../../shared/state/session.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { answeringFetch, type Fetch } from '../../platform/net/web-answer.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { Account, AccountStore } from './account.ts';
import { type LoopbackListener, openLoopbackListener } from './loopback-listener.ts';
import { type AllowedOrganizations, chooseOrganization, wrongOrganization } from './organizations.ts';
import type { Person } from './person.ts';
import {
  CANCELLED,
  NO_ID_TOKEN,
  NO_REFRESH_TOKEN,
  NOBODY,
  NOT_ASKED_YET,
  SERVER_CHANGED,
  SESSION_ENDED,
  TIMED_OUT,
} from './problems.ts';
import { type DeviceCode, discoverProvider, type Grant, type Provider } from './provider.ts';
import { failurePage, REPLACED, type ReplyPage, successPage } from './reply-page.ts';
import type { SecretStore } from './secret-store.ts';
import { requireServer, type SessionSettings, type SignInServer } from './sign-in-server.ts';
import { openSignedInSession, type SignedInSession, secretOf } from './signed-in-session.ts';

export interface SessionDeps {
  /** Asked anew each time; call `reconsider` when the answer has changed. */
  settings: () => SessionSettings;
  secrets: SecretStore;
  account: AccountStore;
  fetch: Fetch;
  clock: Clock;
  /** In [0, 1): spreads retries. */
  random: () => number;
  log: Logger;
  /** How long one exchange with a server may take; 15 s if not given. */
  requestTimeoutMs?: number;
}

/** Who is signed in on this machine, and the credential that proves it. */
export interface Session {
  /** null until it is known: the account has been read and the server asked once, or not reached within five seconds. */
  state(): SessionState | null;
  /** Called after each change of the state or of `health`. Returns how to stop listening. */
  onChange(listener: (state: SessionState) => void): () => void;
  /** Faults beside the state: a keyring that is absent or locked. */
  health(): HealthEntry[];
  /**
   * Starts a sign-in in the browser; a newer one replaces an older one. Resolves with the address to open; the outcome
   * arrives as state. @throws ProblemError why the sign-in server cannot be asked.
   */
  signIn(): Promise<{ authorizationUrl: string }>;
  /** The same without a browser on this machine (RFC 8628). */
  signInByDevice(): Promise<DeviceCode>;
  /** Calls off the sign-in under way; without one, does nothing. */
  cancelSignIn(): void;
  /**
   * Signed out at once; resolves when the provider has been told, or could not be.
   *
   * @throws ProblemError `cannot-remove`: after a restart the account would be back.
   */
  signOut(): Promise<void>;
  /**
   * The token for the hub, refreshed if it is about to expire.
   *
   * @param refused the token that the hub has just answered 401 to.
   * @throws ProblemError `signed-out` if nobody of a fitting organization is signed in; anything else means offline.
   */
  accessToken(refused?: string): Promise<string>;
  /**
   * Asks the server for the organizations again and chooses anew: after a 403, a changed managed configuration, a wake or
   * a change of network. Never rejects; the outcome is the state.
   */
  reconsider(): Promise<void>;
  /**
   * Ends timers and requests. Resolves when a refresh that is running is through and what it brought is kept, because the
   * token that it was made with may be worthless by then; after five seconds at the latest.
   */
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 15_000;
const SIGN_IN_TIMEOUT_MS = 5 * 60_000;
const FIRST_CONTACT_MS = 5_000;
const CLOSE_PATIENCE_MS = 5_000;

/** One sign-in under way. */
interface Attempt {
  since: number;
  life: AbortController;
  callOff: () => void;
  listener: LoopbackListener | null;
}

export function openSession(deps: SessionDeps): Session {
  const { settings, secrets, clock, log, requestTimeoutMs = REQUEST_TIMEOUT_MS } = deps;
  const listeners = new Set<(state: SessionState) => void>();
  /** What holds, whatever sign-in is under way; null until it is known. */
  let standing: SessionState | null = null;
  let published = '';
  let tenure: SignedInSession | null = null;
  let attempt: Attempt | null = null;
  /** After a sign-out or a wrong organization the provider is told to ask who it is, or it would answer the same again. */
  let askWhoItIs = false;
  let closing = false;

  function visible(): SessionState | null {
    if (attempt === null || standing === null) return standing;
    if (belongs(standing)) return { ...standing, signingInSince: attempt.since };
    return { kind: 'signing-in', since: attempt.since };
  }

  function publish(): void {
    const state = visible();
    const text = JSON.stringify([state, secrets.health()]);
    if (state === null || text === published) return;
    published = text;
    log.info({ session: state.kind, problem: 'problem' in state ? state.problem : null }, 'session state');
    for (const listener of listeners) listener(state);
  }

  function stand(state: SessionState): void {
    standing = state;
    publish();
  }

  /** Account file and secret store change one after the other, so that nothing late undoes a sign-out. */
  let storing: Promise<unknown> = Promise.resolve();
  function inOrder<T>(task: () => Promise<T> | T): Promise<T> {
    const result = storing.then(task);
    storing = result.catch(() => undefined);
    return result;
  }

  // ── the signed-in account ─────────────────────────────────────────────────────────────────────────────────────────

  function newTenure(account: Account, grant: (Grant & { refreshToken: string }) | null): SignedInSession {
    const t: SignedInSession = openSignedInSession({
      ...deps,
      requestTimeoutMs,
      account,
      grant,
      isCurrent: () => tenure === t && !closing,
      keep: (secret) =>
        inOrder(async () => {
          if (tenure === t) await secrets.write(secret);
        }),
      settle: (person) => settle(t, person),
      fail: (problem) => failed(t, problem),
    });
    return t;
  }

  /** The server has said which organizations the user belongs to. */
  async function settle(t: SignedInSession, person: Person): Promise<void> {
    const { allowedOrgs } = settings();
    const { organizations } = person;
    const org = chooseOrganization(organizations, allowedOrgs, t.account.org);
    const user = userOf(t.account.sub, person.name ?? t.account.name);
    if (org === null) return dropOut(t, wrongState(user, organizations, allowedOrgs));
    const account: Account = { ...t.account, ...user, org, organizations };
    const changed = JSON.stringify(account) !== JSON.stringify(t.account);
    t.account = account;
    if (changed) {
      await inOrder(async () => {
        if (tenure === t) await deps.account.write(account);
      }).catch((error: unknown) => log.warn({ err: error }, 'the account could not be kept'));
    }
    if (tenure === t) stand({ kind: 'signed-in', ...belonging(account) });
  }

  async function failed(t: SignedInSession, problem: Problem): Promise<void> {
    const ended = problem.code === SESSION_ENDED || problem.code === SERVER_CHANGED;
    if (!ended) return standAsLastKnown(t, problem);
    await dropOut(t, { kind: 'signed-out', problem });
  }

  /** Nobody could be asked: what was known last still holds, judged by the settings of now. */
  function standAsLastKnown(t: SignedInSession, problem: Problem): void {
    const { allowedOrgs } = settings();
    const { account } = t;
    const org = chooseOrganization(account.organizations, allowedOrgs, account.org);
    if (org === null) {
      const turnedAway = wrongState(userOf(account.sub, account.name), account.organizations, allowedOrgs);
      stand({ ...turnedAway, kept: true });
      return;
    }
    t.account = { ...account, org };
    stand({ kind: t.hasCredential() ? 'offline' : 'credential-unreadable', ...belonging(t.account), problem });
  }

  /** Ends a tenure: nothing of it is left on this machine, and the provider is told. @throws ProblemError what is left. */
  async function leave(t: SignedInSession, after: SessionState): Promise<void> {
    if (tenure !== t) return;
    tenure = null;
    askWhoItIs = true;
    stand(after);
    const [wiped] = await Promise.allSettled([wipe(), dismiss(t)]);
    if (wiped.status === 'rejected') throw wiped.reason;
  }

  /** The same where nobody waits who could be told what is left. */
  async function dropOut(t: SignedInSession, after: SessionState): Promise<void> {
    await leave(t, after).catch((error: unknown) => log.error({ err: error }, 'not wiped'));
  }

  async function dismiss(t: SignedInSession): Promise<void> {
    await t.rest();
    await t.revoke();
    t.abort();
  }

  function wipe(): Promise<void> {
    return inOrder(async () => {
      // Somebody has signed in meanwhile: what is stored is theirs.
      if (tenure !== null) return;
      // Without the account the next start is signed out, whatever else is left.
      await deps.account.remove();
      // A keyring that stays locked keeps a token that is being revoked; the next sign-in writes over it.
      await secrets.remove().catch((error: unknown) => log.warn({ err: error }, 'the secret could not be removed'));
    });
  }

  // ── signing in ────────────────────────────────────────────────────────────────────────────────────────────────────

  function begin(): Attempt {
    if (attempt !== null) end(attempt, null, REPLACED);
    const life = new AbortController();
    const begun: Attempt = { since: clock.wall(), life, callOff: () => undefined, listener: null };
    begun.callOff = clock.after(SIGN_IN_TIMEOUT_MS, () => end(begun, TIMED_OUT, failurePage(TIMED_OUT)));
    attempt = begun;
    publish();
    return begun;
  }

  /**
   * @param problem why it failed; null where the user called it off, which leaves everything as it was.
   * @param page what a browser is shown that comes back all the same.
   */
  function end(a: Attempt, problem: Problem | null, page: ReplyPage): void {
    if (attempt !== a) return;
    attempt = null;
    a.callOff();
    a.listener?.retire(page);
    a.life.abort(new ProblemError(problem ?? CANCELLED));
    if (problem !== null && standing !== null) {
      if (!belongs(standing)) standing = { kind: 'signed-out', problem };
      else if (standing.kind !== 'signed-in' && problem.code !== CANCELLED.code) standing = { ...standing, problem };
    }
    publish();
  }

  function endFailed(a: Attempt, error: unknown): Problem {
    const problem = toProblem(
      error,
      'sign-in-failed',
      'You could not be signed in.',
      'Try again. If it lasts, send a report to whoever helps you (portcullis report).',
    );
    if (attempt === a) log.warn({ problem }, 'sign-in failed');
    end(a, problem, failurePage(problem));
    return problem;
  }

  function providerFor(server: SignInServer, signal: AbortSignal): Promise<Provider> {
    const { scopes = ['profile', 'email'] } = settings();
    return discoverProvider({ ...server, scopes }, answeringFetch(deps.fetch, requestTimeoutMs, signal), clock);
  }

  /** The provider has agreed: makes the account of it. @throws ProblemError why not; then nothing of it is left. */
  async function complete(a: Attempt, server: SignInServer, grant: Grant): Promise<Account> {
    const sub = grant.claims?.sub;
    if (typeof sub !== 'string') throw new ProblemError(NO_ID_TOKEN);
    const { refreshToken } = grant;
    if (refreshToken === null) throw new ProblemError(NO_REFRESH_TOKEN);
    const next = newTenure({ ...server, sub, org: '', organizations: [] }, { ...grant, refreshToken });
    let person: Person;
    try {
      person = await next.firstPerson(a.life.signal);
      if (attempt !== a) throw new ProblemError(CANCELLED);
    } catch (error) {
      void dismiss(next);
      throw error;
    }

    // The newest answer counts, even if the account before would have done and this one does not: the user meant this one.
    const previous = tenure;
    tenure = next;
    attempt = null;
    a.callOff();
    if (previous !== null) void dismiss(previous);
    const { allowedOrgs } = settings();
    const { organizations } = person;
    const user = userOf(sub, person.name ?? undefined);
    const org = chooseOrganization(organizations, allowedOrgs);
    if (org === null) {
      const state = wrongState(user, organizations, allowedOrgs);
      await leave(next, state);
      throw new ProblemError(state.problem);
    }
    const account: Account = { ...next.account, ...user, org, organizations };
    next.account = account;
    askWhoItIs = false;
    next.schedule();
    stand({ kind: 'signed-in', ...belonging(account) });
    try {
      await inOrder(async () => {
        if (tenure !== next) throw new ProblemError(CANCELLED);
        await deps.account.write(account);
        await secrets.write(secretOf(account, refreshToken));
      });
    } catch (error) {
      const problem = toProblem(
        error,
        'sign-in-not-kept',
        'The sign-in could not be kept on this machine.',
        'Make sure that the disk is not full, then sign in again.',
      );
      await leave(next, { kind: 'signed-out', problem });
      throw error;
    }
    // What the keyring had to say about it.
    publish();
    return account;
  }

  async function signIn(): Promise<{ authorizationUrl: string }> {
    await loaded;
    const a = begin();
    try {
      const server = requireServer(settings());
      const provider = await providerFor(server, a.life.signal);
      const listener = await openLoopbackListener();
      if (attempt !== a) {
        listener.close();
        throw new ProblemError(CANCELLED);
      }
      a.listener = listener;
      const { url, state, redeem } = await provider.browserSignIn(listener.redirectUri, { askWho: askWhoItIs });
      listener.expect(state, async (reply) => {
        try {
          return successPage(await complete(a, server, await redeem(reply)));
        } catch (error) {
          return failurePage(endFailed(a, error));
        }
      });
      return { authorizationUrl: url.href };
    } catch (error) {
      throw new ProblemError(endFailed(a, error), { cause: error });
    }
  }

  async function signInByDevice(): Promise<DeviceCode> {
    await loaded;
    const a = begin();
    try {
      const server = requireServer(settings());
      const provider = await providerFor(server, a.life.signal);
      const { poll, ...code } = await provider.deviceSignIn();
      // The provider says how long the code is good; it is the provider's time that counts then.
      a.callOff();
      a.callOff = clock.after(code.expiresAt - clock.wall(), () => end(a, TIMED_OUT, failurePage(TIMED_OUT)));
      void poll(a.life.signal)
        .then((grant) => complete(a, server, grant))
        .catch((error: unknown) => endFailed(a, error));
      return code;
    } catch (error) {
      throw new ProblemError(endFailed(a, error), { cause: error });
    }
  }

  // ── start ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async function load(): Promise<void> {
    let account: Account | null;
    try {
      account = await deps.account.read();
    } catch (error) {
      return stand({
        kind: 'signed-out',
        problem: toProblem(
          error,
          'account-unreadable',
          'It cannot be read who was signed in on this machine.',
          'Sign in again.',
        ),
      });
    }
    if (account === null) return stand({ kind: 'signed-out', problem: null });
    const t = newTenure(account, null);
    tenure = t;
    void t.review();
    clock.after(FIRST_CONTACT_MS, () => {
      if (tenure === t && standing === null) standAsLastKnown(t, NOT_ASKED_YET);
    });
  }
  const loaded = load();

  return {
    state: visible,
    onChange: (listener) => subscribe(listeners, listener),
    health: () => secrets.health(),
    signIn,
    signInByDevice,
    cancelSignIn: () => {
      if (attempt !== null) end(attempt, null, failurePage(CANCELLED));
    },
    async signOut() {
      await loaded;
      if (attempt !== null) end(attempt, null, failurePage(CANCELLED));
      if (tenure !== null) await leave(tenure, { kind: 'signed-out', problem: null });
      else stand({ kind: 'signed-out', problem: null });
    },
    async accessToken(refused) {
      await loaded;
      const t = tenure;
      if (t === null || (standing !== null && !belongs(standing))) throw new ProblemError(NOBODY);
      try {
        const token = await t.accessToken(refused);
        if (standing?.kind !== 'signed-in') void t.review();
        return token;
      } catch (error) {
        // Whatever it was, it has ended the session.
        if (tenure !== t) throw new ProblemError(NOBODY, { cause: error });
        throw error;
      }
    },
    async reconsider() {
      await loaded;
      const { allowedOrgs, organizationsClaim } = settings();
      // An ID token's claims are as old as the token.
      if (tenure !== null) return tenure.review({ afresh: organizationsClaim !== undefined });
      if (standing?.kind !== 'wrong-organization') return;
      const { user, has } = standing;
      // The administrator has made room for who was turned away: nothing is left to sign in with, but nothing is wrong.
      const welcome = chooseOrganization(has, allowedOrgs) !== null;
      stand(
        welcome ? { kind: 'signed-out', problem: null } : wrongState(userOf(user.sub, user.name), has, allowedOrgs),
      );
    },
    async close() {
      closing = true;
      listeners.clear();
      if (attempt !== null) {
        attempt.listener?.close();
        end(attempt, null, failurePage(CANCELLED));
      }
      if (tenure === null) return;
      const { promise: tooLong, resolve } = Promise.withResolvers<void>();
      const callOff = clock.after(CLOSE_PATIENCE_MS, resolve);
      await Promise.race([Promise.all([tenure.rest(), storing]), tooLong]);
      callOff();
      tenure.abort();
      tenure = null;
    },
  };
}

function userOf(sub: string, name: string | undefined): { sub: string; name?: string } {
  return name === undefined ? { sub } : { sub, name };
}

function belonging({ sub, name, org, organizations }: Account): {
  user: { sub: string; name?: string };
  org: string;
  others?: string[];
} {
  const others = organizations.filter((one) => one !== org).slice(0, 20);
  return { user: userOf(sub, name), org, ...(others.length === 0 ? {} : { others }) };
}

function wrongState(
  user: { sub: string; name?: string },
  has: readonly string[],
  allowed: AllowedOrganizations,
): Extract<SessionState, { kind: 'wrong-organization' }> & { problem: Problem } {
  const problem = wrongOrganization(user.name ?? user.sub, has, allowed);
  return { kind: 'wrong-organization', user, has: has.slice(0, 20), problem };
}
