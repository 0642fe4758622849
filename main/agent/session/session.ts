import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { HealthEntry, SessionState } from '../../../shared/state/inputs.ts';
import { belongs } from '../../../shared/state/session.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Account } from './account.ts';
import {
  confirmAccount,
  endsSession,
  type Identity,
  isSameAccount,
  keptAccount,
  keptMeanwhile,
  keptState,
  lastKnown,
  signedIn,
  withoutAccount,
  withoutClaim,
} from './account-state.ts';
import { openAccountStorage } from './account-storage.ts';
import type { Person } from './person.ts';
import type { DeviceCode, Grant } from './provider.ts';
import type { SessionDeps } from './session-deps.ts';
import {
  type AccountState,
  completeSignIn,
  INITIAL,
  isCurrent,
  leaveAccount,
  sessionState,
  type Transition,
  updateAccount,
} from './sign-in-attempt.ts';
import { type AttemptToComplete, createSignInFlows, requireTokens, type SignInPage } from './sign-in-flows.ts';
import { openSignedInSession, type SignedInSession } from './signed-in-session.ts';
import { formatSecret } from './stored-secret.ts';

/** Who is signed in on this machine, and the credential that proves it. */
export interface Session {
  /** null until it is known: the account has been read and the server asked, or not reached within five seconds. */
  state(): SessionState | null;
  /** Called after each change of the state or of `health`. Returns how to stop listening. */
  onChange(listener: (state: SessionState) => void): () => void;
  /** Faults beside the state: a keyring that is absent or locked. */
  health(): HealthEntry[];
  /**
   * Starts a sign-in in the browser; a newer one replaces an older one. Resolves with the address to open; the outcome arrives as state.
   * @throws ProblemError why the sign-in server cannot be asked.
   */
  signIn(): Promise<{ authorizationUrl: string }>;
  /** The same without a browser on this machine (RFC 8628). */
  signInByDevice(): Promise<DeviceCode>;
  /** The page of the sign-in under way, for a user who has closed it. @throws ProblemError `no-sign-in` */
  continueSignIn(): Promise<SignInPage>;
  /** Without a sign-in in progress it does nothing. */
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
   * @param rejected the token that the hub has just answered 401 to.
   * @throws ProblemError `signed-out` if no member of an allowed organization is signed in; anything else means offline.
   */
  accessToken(rejected?: string): Promise<string>;
  /** The provider's ID token: see `SignedInSession`. @throws ProblemError as `accessToken` */
  idToken(maxAgeMs: number): Promise<string | null>;
  /**
   * Asks the server for the organizations again and chooses anew: after a 403, a changed managed configuration, a wake or a change of
   * network. Never rejects; the outcome is the state.
   */
  reconsider(): Promise<void>;
  /**
   * Ends timers and requests. Resolves when a running refresh is through and its token is saved, because the token that it was made with
   * may be worthless by then; after five seconds at the latest.
   */
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 15_000;
const FIRST_CONTACT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 5_000;

/** The account that is signed in, and its session. */
interface SignedIn {
  readonly session: SignedInSession;
  readonly account: Account;
}

export function openSession(deps: SessionDeps): Session {
  const { settings, secrets, clock, log, requestTimeoutMs = REQUEST_TIMEOUT_MS } = deps;
  const storage = openAccountStorage(deps.account, secrets, log);
  const listeners = new Set<(state: SessionState) => void>();
  let state = INITIAL;
  let published = '';
  let current: SignedIn | null = null;
  let closing = false;

  function apply(transition: Transition): void {
    state = transition.state;
    if (transition.ended !== null) flows.release(transition.ended);
    publishState();
  }

  function publishState(): void {
    const next = sessionState(state);
    const text = JSON.stringify([next, health()]);
    if (next === null || text === published) return;
    published = text;
    log.info({ session: next.kind, problem: 'problem' in next ? next.problem : null }, 'session state changed');
    for (const listener of listeners) listener(next);
  }

  function health(): HealthEntry[] {
    const isLost = settings().membership === 'id-token' && current?.session.renewsIdToken() === false;
    const lost = { ...problem('id-token-not-renewed'), severity: 'warning', forbidsGreen: false } as const;
    return isLost ? [...secrets.health(), lost] : secrets.health();
  }

  function isSignedIn(session: SignedInSession): boolean {
    return current?.session === session;
  }

  // ── the signed-in account ─────────────────────────────────────────────────────────────────────────────────────────

  function openAccount(identity: Identity, grant: (Grant & { refreshToken: string }) | null): SignedInSession {
    const session: SignedInSession = openSignedInSession({
      ...deps,
      requestTimeoutMs,
      identity,
      grant,
      isCurrent: () => isSignedIn(session) && !closing,
      saveSecret: (secret) => storage.saveSecret(secret, () => isSignedIn(session)),
      onPerson: (person) => confirm(session, person),
      onProblem: (reason) => keepOrEnd(session, reason),
    });
    return session;
  }

  /** The server has said which organizations the user belongs to. */
  async function confirm(session: SignedInSession, person: Person): Promise<void> {
    if (current?.session !== session) return;
    const before = current.account;
    const confirmation = confirmAccount(before, person, settings().allowedOrgs, before.org);
    if (confirmation.kind === 'member') {
      const { account } = confirmation;
      return replaceAccount(session, before, account, signedIn(account));
    }
    const kept = keptAccount(before, person.organizations, clock.wall());
    if (kept === null) return endAccountQuietly(session, confirmation.state);
    await replaceAccount(session, before, kept, keptState(confirmation.state));
  }

  /** @param after what holds then; null: as before */
  async function replaceAccount(
    session: SignedInSession,
    before: Account,
    account: Account,
    after: AccountState | null,
  ): Promise<void> {
    current = { session, account };
    if (JSON.stringify(account) !== JSON.stringify(before)) {
      await storage
        .saveAccount(account, () => isSignedIn(session))
        .catch((error: unknown) => log.warn({ err: error }, 'account not saved'));
    }
    if (after !== null && isSignedIn(session)) apply(updateAccount(state, after));
  }

  async function keepOrEnd(session: SignedInSession, reason: Problem): Promise<void> {
    if (endsSession(reason)) return endAccountQuietly(session, { kind: 'signed-out', problem: reason });
    if (reason.code === 'other-sign-in-server') return keepFromOtherServer(session, reason);
    const { organizationsClaim } = settings();
    const isAbsent = reason.code === 'organizations-claim-absent' && organizationsClaim !== undefined;
    if (isAbsent && (await isOutOfClaim(session, organizationsClaim))) return;
    await keepLastKnown(session, reason);
  }

  async function keepFromOtherServer(session: SignedInSession, reason: Problem): Promise<void> {
    if (current?.session !== session) return;
    const before = current.account;
    const kept = keptMeanwhile(before, clock.wall());
    if (kept !== null)
      return replaceAccount(session, before, kept, { kind: 'signed-out', problem: reason, kept: true });
    await session.loadCredential();
    const changed = problem('sign-in-server-changed', {}, { cause: `before: ${before.issuer}` });
    await endAccountQuietly(session, { kind: 'signed-out', problem: changed });
  }

  /** @returns true: the claim has been absent for so long that the membership has ended. */
  async function isOutOfClaim(session: SignedInSession, pointer: string): Promise<boolean> {
    if (current?.session !== session) return false;
    const before = current.account;
    const { account, isOver } = withoutClaim(before, pointer, clock.wall());
    if (isOver) await confirm(session, { name: null, organizations: [] });
    else await replaceAccount(session, before, account, null);
    return isOver;
  }

  async function keepLastKnown(session: SignedInSession, reason: Problem): Promise<void> {
    if (current?.session !== session) return;
    const before = current.account;
    const { allowedOrgs } = settings();
    const known = lastKnown(before, allowedOrgs, session.hasCredential(), reason, clock.wall());
    if (known.account === null) return endAccountQuietly(session, known.state);
    await replaceAccount(session, before, known.account, known.state);
  }

  /** Removes the account from this machine and tells the provider. @throws ProblemError `cannot-remove` */
  async function endAccount(session: SignedInSession, after: AccountState): Promise<void> {
    if (!isSignedIn(session)) return;
    current = null;
    apply(leaveAccount(state, after));
    await removeAndRevoke(session);
  }

  async function removeAndRevoke(session: SignedInSession): Promise<void> {
    // Once somebody else has signed in, what is stored is theirs.
    const [removed] = await Promise.allSettled([storage.remove(() => current === null), revoke(session)]);
    if (removed.status === 'rejected') throw removed.reason;
  }

  /** The same where nobody waits for the outcome. */
  async function endAccountQuietly(session: SignedInSession, after: AccountState): Promise<void> {
    await endAccount(session, after).catch((error: unknown) => log.error({ err: error }, 'account not removed'));
  }

  async function revoke(session: SignedInSession): Promise<void> {
    await session.stopRefreshing();
    await session.revokeTokens();
    session.abortRequests();
  }

  // ── signing in ────────────────────────────────────────────────────────────────────────────────────────────────────

  const flows = createSignInFlows({
    ...deps,
    requestTimeoutMs,
    panelLink: deps.panelLink ?? null,
    state: () => state,
    apply,
    complete,
  });

  /** The provider has confirmed a user. @throws ProblemError why they are not signed in; then nothing of theirs is kept. */
  async function complete({ id, server, grant, signal }: AttemptToComplete): Promise<Account> {
    const { identity, refreshToken } = requireTokens(server, grant);
    const session = openAccount(identity, { ...grant, refreshToken });
    let person: Person;
    try {
      person = await session.fetchFirstPerson(signal);
      if (!isCurrent(state, id)) throw new ProblemError(problem('sign-in-cancelled'));
    } catch (error) {
      void revoke(session);
      throw error;
    }

    const previous = current;
    if (previous !== null) void revoke(previous.session);
    const confirmation = confirmAccount(identity, person, settings().allowedOrgs, null);
    if (confirmation.kind === 'member') {
      const { account } = confirmation;
      await begin(id, session, account, signedIn(account), refreshToken);
      return account;
    }
    const isTheSame = previous !== null && isSameAccount(previous.account, identity);
    const kept = isTheSame ? keptAccount(previous.account, person.organizations, clock.wall()) : null;
    if (kept !== null) await begin(id, session, kept, keptState(confirmation.state), refreshToken);
    else {
      current = null;
      apply(completeSignIn(state, id, confirmation.state));
      await removeAndRevoke(session);
    }
    throw new ProblemError(confirmation.state.problem);
  }

  /** @throws ProblemError why it cannot be saved */
  async function begin(
    id: number,
    session: SignedInSession,
    account: Account,
    after: AccountState,
    refreshToken: string,
  ): Promise<void> {
    current = { session, account };
    session.scheduleCheck();
    apply(completeSignIn(state, id, after));
    await save(session, account, refreshToken);
    // The keyring may have reported a fault.
    publishState();
  }

  /** @throws ProblemError */
  async function save(session: SignedInSession, account: Account, refreshToken: string): Promise<void> {
    try {
      const secret = formatSecret(account, refreshToken);
      const saved = await storage.saveSignIn(account, secret, () => isSignedIn(session));
      if (!saved) throw new ProblemError(problem('sign-in-cancelled'));
    } catch (error) {
      await endAccount(session, { kind: 'signed-out', problem: asProblem(error, problem('sign-in-not-kept')) });
      throw error;
    }
  }

  // ── start ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async function load(): Promise<void> {
    let account: Account | null;
    try {
      account = await deps.account.read();
    } catch (error) {
      const reason = asProblem(error, problem('account-unreadable'));
      return apply(updateAccount(state, { kind: 'signed-out', problem: reason }));
    }
    if (account === null) return apply(updateAccount(state, { kind: 'signed-out', problem: null }));
    const session = openAccount(account, null);
    current = { session, account };
    void session.checkOrganizations();
    clock.after(FIRST_CONTACT_MS, () => {
      if (state.account === null) void keepLastKnown(session, problem('not-asked-yet'));
    });
  }
  const loaded = load();

  /** @throws ProblemError `signed-out` */
  async function asMember<T>(ask: (session: SignedInSession) => Promise<T>): Promise<T> {
    await loaded;
    const session = current?.session;
    const belongsToNone = state.account !== null && !belongs(state.account);
    if (session === undefined || belongsToNone) throw new ProblemError(problem('signed-out'));
    try {
      return await ask(session);
    } catch (error) {
      // Whatever it was, it has ended the session.
      if (!isSignedIn(session)) throw new ProblemError(problem('signed-out'), { cause: error });
      throw error;
    }
  }

  return {
    state: () => sessionState(state),
    onChange: (listener) => subscribe(listeners, listener),
    health,
    async signIn() {
      await loaded;
      return flows.signIn();
    },
    async signInByDevice() {
      await loaded;
      return flows.signInByDevice();
    },
    continueSignIn: flows.continued,
    cancelSignIn: flows.cancel,
    async signOut() {
      await loaded;
      flows.cancel();
      const after: AccountState = { kind: 'signed-out', problem: null };
      if (current === null) apply(updateAccount(state, after));
      else await endAccount(current.session, after);
    },
    accessToken: (rejected) =>
      asMember(async (session) => {
        const token = await session.accessToken(rejected);
        if (state.account?.kind !== 'signed-in') void session.checkOrganizations();
        return token;
      }),
    idToken: (maxAgeMs) =>
      asMember(async (session) => {
        const token = await session.idToken(maxAgeMs);
        // Whether the provider renews it may be known now.
        publishState();
        return token;
      }),
    async reconsider() {
      await loaded;
      if (current !== null) return current.session.recheckOrganizations();
      const account = withoutAccount(state.account, settings().allowedOrgs);
      if (account !== null) apply(updateAccount(state, account));
    },
    async close() {
      closing = true;
      listeners.clear();
      flows.close();
      if (current === null) return;
      const { session } = current;
      const { promise: timeout, resolve } = Promise.withResolvers<void>();
      const cancelTimeout = clock.after(CLOSE_TIMEOUT_MS, resolve);
      await Promise.race([Promise.all([session.stopRefreshing(), storage.written()]), timeout]);
      cancelTimeout();
      session.abortRequests();
      current = null;
    },
  };
}
