import { z } from 'zod';
import { DESKTOP_CLIENT_ID } from '../../shared/hub-schema.ts';
import { type Problem, ProblemError, toProblem } from '../../shared/problem.ts';
import { belongs } from '../../shared/state/derive-state.ts';
import type { HealthEntry, SessionState } from '../../shared/state/inputs.ts';
import { backOff } from '../platform/back-off.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { answeringFetch, type Fetch } from '../platform/web-answer.ts';
import type { Account, AccountStore } from './account.ts';
import { type Credential, holdCredential } from './credential.ts';
import { type LoopbackListener, openLoopbackListener } from './loopback-listener.ts';
import { type AllowedOrganizations, chooseOrganization, wrongOrganization } from './organizations.ts';
import { askWho, NO_SERVER, type Person } from './person.ts';
import { CANCELLED, discoverProvider, type Grant, type Provider, SESSION_ENDED, TIMED_OUT } from './provider.ts';
import type { ReplyPage } from './reply-page.ts';
import type { SecretStore } from './secret-store.ts';

export interface SessionSettings {
  /** The hub's address; null while nobody has named one. */
  hub: string | null;
  /** The sign-in server, where it is not the hub. */
  issuer?: string | undefined;
  clientId?: string | undefined;
  /** JSON pointer to the organizations in the provider's claims; the hub is asked if there is none. */
  organizationsClaim?: string | undefined;
  scopes?: readonly string[] | undefined;
  /** Where an administrator requires sign-in; empty elsewhere, and where the list cannot be read. */
  allowedOrgs: readonly string[];
}

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

export interface DeviceCode {
  verificationUri: string;
  /** With the code in it: for a QR code or a click. */
  verificationUriComplete?: string;
  userCode: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
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
  /** Signed out at once; resolves when the provider has been told, or could not be. @throws ProblemError `cannot-remove`: after a restart the account would be back. */
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
   * token that it was made with is worthless by then; after ten seconds at the latest.
   */
  close(): Promise<void>;
}

/** What `accessToken` says when there is nobody to speak for. */
export const SIGNED_OUT = 'signed-out';

const REQUEST_TIMEOUT_MS = 15_000;
const SIGN_IN_TIMEOUT_MS = 5 * 60_000;
/** For what is still said to a provider on the way out. */
const LAST_WORDS_MS = 10_000;
const FIRST_CONTACT_MS = 5_000;
const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 15 * 60_000;
const LONGEST_TIMER_MS = 24 * 3_600_000;

/** What is kept in the secret store: the token, and whose it is, so that a mixed-up keyring is noticed. */
const StoredSecret = z.strictObject({ issuer: z.string(), sub: z.string(), refreshToken: z.string().min(1) });

/** Where one signs in, and as which client. */
type Server = Pick<Account, 'issuer' | 'clientId'>;

/** One account's time on this machine, from sign-in or start to sign-out. */
interface Tenure {
  account: Account;
  /** null: the secret store has not given it yet. */
  credential: Credential | null;
  opening: Promise<Credential> | null;
  failures: number;
  reviewing: Promise<void> | null;
  life: AbortController;
  callOff: () => void;
}

/** One sign-in under way. */
interface Attempt {
  since: number;
  life: AbortController;
  callOff: () => void;
  listener: LoopbackListener | null;
}

export function openSession(deps: SessionDeps): Session {
  const { secrets, clock, log, requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS } = deps;
  const listeners = new Set<(state: SessionState) => void>();
  /** What holds, whatever sign-in is under way; null until it is known. */
  let standing: SessionState | null = null;
  let published = '';
  let tenure: Tenure | null = null;
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

  /** null: nobody has said where one signs in, or it cannot be read. */
  function serverNow(): Server | null {
    const { hub, issuer = hub, clientId = DESKTOP_CLIENT_ID } = deps.settings();
    return issuer === null ? null : { issuer, clientId };
  }

  function discover(address: Server, signal: AbortSignal): Promise<Provider> {
    const scopes = deps.settings().scopes ?? ['profile', 'email'];
    return discoverProvider({ ...address, scopes }, answeringFetch(deps.fetch, requestTimeout, signal), clock);
  }

  function newTenure(account: Account): Tenure {
    return {
      account,
      credential: null,
      opening: null,
      failures: 0,
      reviewing: null,
      life: new AbortController(),
      callOff: () => undefined,
    };
  }

  function credentialFor(t: Tenure, refreshToken: string, grant: Grant | null): Credential {
    const { issuer, clientId, sub } = t.account;
    return holdCredential({
      sub,
      refreshToken,
      grant,
      clock,
      // Whatever the settings say later: a refresh token goes to the server that gave it.
      discover: () => discover({ issuer, clientId }, t.life.signal),
      wanted: () => tenure === t && !closing,
      keep: (newest) =>
        inOrder(async () => {
          if (tenure === t) await secrets.write(JSON.stringify({ issuer, sub, refreshToken: newest }));
        }),
    });
  }

  /** One for all who ask: two of them would each use the one refresh token that there is. */
  function openCredential(t: Tenure): Promise<Credential> {
    t.opening ??= readCredential(t)
      .then((credential) => {
        t.credential ??= credential;
        return t.credential;
      })
      .finally(() => {
        t.opening = null;
      });
    return t.opening;
  }

  async function readCredential(t: Tenure): Promise<Credential> {
    const stored = await secrets.read();
    const unusable = (code: string, message: string): ProblemError =>
      new ProblemError({ code, message, next: 'Sign in again; until then the last policy stays in force.' });
    if (stored === null) {
      // A locked keyring whose user does not unlock it says the same as an empty one.
      throw unusable('credential-missing', 'The credential of this sign-in is not in the keyring, or that is locked.');
    }
    let secret: z.infer<typeof StoredSecret>;
    try {
      secret = StoredSecret.parse(JSON.parse(stored));
    } catch {
      throw unusable('credential-corrupted', 'The credential that was kept cannot be read.');
    }
    if (secret.sub !== t.account.sub || secret.issuer !== t.account.issuer) {
      throw unusable('credential-corrupted', 'The credential that was kept belongs to another sign-in.');
    }
    return credentialFor(t, secret.refreshToken, null);
  }

  async function personOf(
    credential: Credential,
    accessToken: string,
    sub: string,
    signal: AbortSignal,
  ): Promise<Person> {
    const { hub, organizationsClaim } = deps.settings();
    return askWho({
      hub,
      organizationsClaim: organizationsClaim ?? null,
      provider: credential.provider,
      fetch: answeringFetch(deps.fetch, requestTimeout, signal),
      accessToken,
      sub,
      claims: credential.claims(),
    });
  }

  /**
   * The credential, as long as one signs in where this tenure began. Another sign-in server ends it; none at all is no
   * more than not knowing. @throws ProblemError
   */
  async function requireCredential(t: Tenure): Promise<Credential> {
    const server = serverNow();
    const { issuer, clientId } = t.account;
    if (server !== null && (server.issuer !== issuer || server.clientId !== clientId)) {
      // Only to take it back from the server that gave it.
      await openCredential(t).catch(() => undefined);
      await leave(t, { kind: 'signed-out', problem: serverChanged(issuer) });
      throw new ProblemError(NOBODY);
    }
    const credential = t.credential ?? (await openCredential(t));
    if (tenure !== t || closing) throw new ProblemError(NOBODY);
    if (server === null) throw new ProblemError(NO_SERVER);
    return credential;
  }

  /** Asks for the organizations once more; one at a time, for all who want it. */
  function review(t: Tenure, renewed = false): Promise<void> {
    t.reviewing ??= reviewOnce(t, renewed).finally(() => {
      t.reviewing = null;
    });
    return t.reviewing;
  }

  async function reviewOnce(t: Tenure, renewed: boolean): Promise<void> {
    t.callOff();
    try {
      const credential = await requireCredential(t);
      const accessToken = await (renewed ? credential.renew() : credential.accessToken());
      const person = await personOf(credential, accessToken, t.account.sub, t.life.signal).catch((error: unknown) =>
        secondOpinion(t, credential, accessToken, error),
      );
      if (tenure !== t) return;
      await settle(t, person);
    } catch (error) {
      if (tenure !== t) return;
      failed(t, toProblem(error, 'session-failed', 'The session could not be renewed.'));
    }
  }

  /** A token may have been withdrawn before its time; only a new one that is refused too means something. */
  async function secondOpinion(t: Tenure, credential: Credential, refused: string, error: unknown): Promise<Person> {
    const unauthorized = error instanceof ProblemError && error.problem.code === 'server-unauthorized';
    if (!unauthorized) throw error;
    const accessToken = await credential.accessToken(refused);
    return personOf(credential, accessToken, t.account.sub, t.life.signal);
  }

  /** The server has said which organizations the user belongs to. */
  async function settle(t: Tenure, person: Person): Promise<void> {
    const { allowedOrgs } = deps.settings();
    const org = chooseOrganization(person.organizations, allowedOrgs, t.account.org);
    const user = userOf(t.account.sub, person.name ?? t.account.name);
    if (org === null) {
      await leave(t, wrongState(user, person.organizations, allowedOrgs));
      return;
    }
    const account: Account = { ...t.account, ...user, org, organizations: person.organizations };
    const changed = JSON.stringify(account) !== JSON.stringify(t.account);
    t.account = account;
    if (changed) {
      await inOrder(async () => {
        if (tenure === t) await deps.account.write(account);
      }).catch((error: unknown) => log.warn({ err: error }, 'the account could not be kept'));
      if (tenure !== t) return;
    }
    const dueIn = t.credential?.dueIn() ?? 0;
    // Not due: all is well. Due all the same: the provider could not be asked, though the token in hand still serves.
    t.failures = dueIn > 0 ? 0 : t.failures + 1;
    schedule(t, dueIn > 0 ? Math.min(dueIn, LONGEST_TIMER_MS) : pause(t));
    stand({ kind: 'signed-in', ...belonging(account) });
  }

  function failed(t: Tenure, problem: Problem): void {
    if (problem.code === SESSION_ENDED) {
      void leave(t, { kind: 'signed-out', problem });
      return;
    }
    t.failures += 1;
    // A keyring that is locked asks its user each time it is read: not twice a minute.
    schedule(t, t.credential === null ? LAST_RETRY_MS : pause(t));
    standAsLastKnown(t, problem);
  }

  /** Nobody could be asked: what was known last still holds, judged by the settings of now. */
  function standAsLastKnown(t: Tenure, problem: Problem): void {
    const { allowedOrgs } = deps.settings();
    const { account } = t;
    const org = chooseOrganization(account.organizations, allowedOrgs, account.org);
    if (org === null) {
      stand(wrongState(userOf(account.sub, account.name), account.organizations, allowedOrgs));
      return;
    }
    t.account = { ...account, org };
    const kind = t.credential === null ? 'credential-unreadable' : 'offline';
    stand({ kind, ...belonging(t.account), problem });
  }

  function pause(t: Tenure): number {
    return backOff(t.failures, FIRST_RETRY_MS, LAST_RETRY_MS, deps.random());
  }

  function schedule(t: Tenure, delay: number): void {
    t.callOff();
    t.callOff = clock.after(delay, () => {
      if (tenure === t) void review(t);
    });
  }

  /** Ends a tenure: nothing of it is left on this machine, and the provider is told. @throws ProblemError what is left. */
  async function leave(t: Tenure, after: SessionState): Promise<void> {
    if (tenure !== t) return;
    tenure = null;
    t.callOff();
    askWhoItIs = true;
    stand(after);
    const wiped = wipe();
    await Promise.all([wiped.catch((error: unknown) => log.error({ err: error }, 'not wiped')), revoke(t)]);
    await wiped;
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

  async function revoke(t: Tenure): Promise<void> {
    const callOff = clock.after(LAST_WORDS_MS, () => t.life.abort(new Error('revocation took too long')));
    try {
      await t.credential?.revoke();
    } catch (error) {
      log.warn({ problem: toProblem(error, 'not-revoked', 'The token could not be revoked.') }, 'token not revoked');
    }
    callOff();
    t.life.abort(new Error('signed out'));
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
    const problem = toProblem(error, 'sign-in-failed', 'You could not be signed in.');
    if (attempt === a) log.warn({ problem }, 'sign-in failed');
    end(a, problem, failurePage(problem));
    return problem;
  }

  /** The provider has agreed: makes the account of it. @throws ProblemError why not; then nothing of it is left. */
  async function complete(a: Attempt, server: Server, grant: Grant): Promise<Account> {
    const sub = grant.claims?.sub;
    if (typeof sub !== 'string') throw new ProblemError(NO_ID_TOKEN);
    const { refreshToken } = grant;
    if (refreshToken === null) throw new ProblemError(NO_REFRESH_TOKEN);
    const next = newTenure({ ...server, sub, org: '', organizations: [] });
    const credential = credentialFor(next, refreshToken, grant);
    next.credential = credential;
    let person: Person;
    try {
      person = await personOf(credential, grant.accessToken, sub, a.life.signal);
      if (attempt !== a) throw new ProblemError(CANCELLED);
    } catch (error) {
      void revoke(next);
      throw error;
    }

    // The newest answer counts, even if the account before would have done and this one does not: the user meant this one.
    const previous = tenure;
    tenure = next;
    attempt = null;
    a.callOff();
    if (previous !== null) {
      previous.callOff();
      void revoke(previous);
    }
    const { allowedOrgs } = deps.settings();
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
    schedule(next, Math.min(credential.dueIn(), LONGEST_TIMER_MS));
    stand({ kind: 'signed-in', ...belonging(account) });
    try {
      await inOrder(async () => {
        if (tenure !== next) throw new ProblemError(CANCELLED);
        await deps.account.write(account);
        await secrets.write(JSON.stringify({ issuer: server.issuer, sub, refreshToken }));
      });
    } catch (error) {
      const problem = toProblem(error, 'sign-in-not-kept', 'The sign-in could not be kept on this machine.');
      await leave(next, { kind: 'signed-out', problem });
      throw error;
    }
    // What the keyring had to say about it.
    publish();
    return account;
  }

  function requireServer(): Server {
    const server = serverNow();
    if (server === null) throw new ProblemError(NO_SERVER);
    return server;
  }

  async function signIn(): Promise<{ authorizationUrl: string }> {
    await loaded;
    const a = begin();
    try {
      const server = requireServer();
      const provider = await discover(server, a.life.signal);
      const listener = await openLoopbackListener();
      if (attempt !== a) {
        listener.close();
        throw new ProblemError(CANCELLED);
      }
      a.listener = listener;
      const { url, state, redeem } = await provider.browserSignIn(listener.redirectUri, { askWho: askWhoItIs });
      listener.expect(state, async (reply) => {
        try {
          const account = await complete(a, server, await redeem(reply));
          return successPage(account);
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
      const server = requireServer();
      const provider = await discover(server, a.life.signal);
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
      stand({ kind: 'signed-out', problem: toProblem(error, 'account-unreadable', 'Sign in again.') });
      return;
    }
    if (account === null) return stand({ kind: 'signed-out', problem: null });
    const t = newTenure(account);
    tenure = t;
    void review(t);
    clock.after(FIRST_CONTACT_MS, () => {
      if (tenure === t && standing === null) standAsLastKnown(t, NOT_ASKED_YET);
    });
  }
  const loaded = load();

  return {
    state: visible,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
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
        const credential = await requireCredential(t);
        const token = await credential.accessToken(refused);
        if (tenure !== t) throw new ProblemError(NOBODY);
        if (standing?.kind !== 'signed-in') void review(t);
        return token;
      } catch (error) {
        const problem = toProblem(error, 'session-failed', 'The session could not be renewed.');
        if (tenure !== t) throw new ProblemError(NOBODY);
        failed(t, problem);
        throw new ProblemError(problem.code === SESSION_ENDED ? NOBODY : problem, { cause: error });
      }
    },
    async reconsider() {
      await loaded;
      const t = tenure;
      if (t === null) {
        // The administrator has made room for who was turned away; nothing is left to sign in with, but nothing is wrong.
        const fits =
          standing?.kind === 'wrong-organization' && chooseOrganization(standing.has, deps.settings().allowedOrgs);
        if (fits) stand({ kind: 'signed-out', problem: null });
        return;
      }
      // One that began before the change may have asked too early.
      await t.reviewing;
      if (tenure !== t) return;
      // An ID token's claims are as old as the token.
      await review(t, deps.settings().organizationsClaim !== undefined);
    },
    async close() {
      closing = true;
      listeners.clear();
      if (attempt !== null) {
        attempt.listener?.close();
        end(attempt, null, failurePage(CANCELLED));
      }
      const t = tenure;
      if (t === null) return;
      t.callOff();
      const { promise: tooLong, resolve } = Promise.withResolvers<void>();
      const callOff = clock.after(LAST_WORDS_MS, resolve);
      await Promise.race([Promise.all([t.credential?.settled(), storing]), tooLong]);
      callOff();
      t.callOff();
      t.life.abort(new Error('closed'));
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

const NOBODY: Problem = { code: SIGNED_OUT, message: 'Nobody is signed in.', next: 'Sign in.' };

const NO_ID_TOKEN: Problem = {
  code: 'server-answer-invalid',
  message: 'The sign-in server did not say who you are.',
  cause: 'no ID token came with the access token',
  next: 'Tell your administrator: this client needs the scope openid.',
};

const NO_REFRESH_TOKEN: Problem = {
  code: 'no-refresh-token',
  message: 'The sign-in server allows no lasting session.',
  cause: 'no refresh token came with the access token',
  next: 'Tell your administrator: this client needs the scope offline_access and the grant refresh_token.',
};

const NOT_ASKED_YET: Problem = {
  code: 'not-asked-yet',
  message: 'The sign-in server has not answered yet.',
  next: 'Wait a moment; this is tried again by itself.',
};

function serverChanged(before: string): Problem {
  return {
    code: 'sign-in-server-changed',
    message: 'Another sign-in server is in use now.',
    cause: `before: ${before}`,
    next: 'Sign in again.',
  };
}

const CLOSE_WINDOW = 'You can close this window.';

function successPage({ name, sub, org }: Account): ReplyPage {
  return {
    status: 200,
    title: 'You are signed in',
    paragraphs: [`${name ?? sub} is signed in to ${org}.`, CLOSE_WINDOW],
  };
}

function failurePage({ message, cause, next }: Problem): ReplyPage {
  return {
    status: 200,
    title: 'You are not signed in',
    paragraphs: [message, ...(cause === undefined ? [] : [cause]), ...(next === undefined ? [] : [next]), CLOSE_WINDOW],
  };
}

const REPLACED: ReplyPage = {
  status: 200,
  title: 'A newer sign-in has replaced this one',
  paragraphs: ['Go on in the window that was opened last.', CLOSE_WINDOW],
};
