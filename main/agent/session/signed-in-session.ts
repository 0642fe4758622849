import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { answeringFetch, type Fetch } from '../../platform/net/web-answer.ts';
import { createSingleFlight } from '../../platform/process/single-flight.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { Identity } from './account-state.ts';
import { afterFailure, afterSuccess, type CheckSchedule } from './check-schedule.ts';
import { type Credential, createCredential } from './credential.ts';
import { fetchPerson, type Person } from './person.ts';
import { discoverProvider, type Grant } from './provider.ts';
import type { SecretStore } from './secret-store.ts';
import { configuredServer, DEFAULT_SCOPES, isSameServer, type SessionSettings } from './sign-in-server.ts';
import { formatSecret, parseSecret } from './stored-secret.ts';

/** One account's time on this machine, from sign-in or start to sign-out: its credential, refreshed in time, and its organizations. */
export interface SignedInSession {
  readonly identity: Identity;
  /** false: the secret store has not given it yet. */
  hasCredential(): boolean;
  /** @param rejected an access token that a server has just answered 401 to. @throws ProblemError; `onProblem` has been called. */
  accessToken(rejected?: string): Promise<string>;
  /**
   * The newest ID token, renewed where it has been held for longer than `maxAgeMs`, and once after a sign-in, so that it is known whether
   * this provider renews it at all. null: it does not, and the one of the sign-in is not at hand any more. @throws ProblemError
   */
  idToken(maxAgeMs: number): Promise<string | null>;
  /** false: this provider sends no ID token with a refresh. null: not known yet. */
  renewsIdToken(): boolean | null;
  /** With the token that a sign-in has just brought, before this is the current session. @throws ProblemError */
  fetchFirstPerson(signal: AbortSignal): Promise<Person>;
  /** Asks for the user's organizations, one question for all who want it; `onPerson` or `onProblem` gets the outcome. Never rejects. */
  checkOrganizations(): Promise<void>;
  /** The same, but with a question that begins after this call, and with refreshed claims where the organizations come from those. */
  recheckOrganizations(): Promise<void>;
  /** Starts the timer of the next refresh and check. */
  scheduleCheck(): void;
  /** Reads it from the secret store, to revoke it at the server that issued it. Never rejects. */
  loadCredential(): Promise<void>;
  /** Stops the timer. Resolves when no refresh is running any more. */
  stopRefreshing(): Promise<void>;
  /** Tells the provider that the refresh token is no longer needed; gives up after ten seconds. Never rejects. */
  revokeTokens(): Promise<void>;
  abortRequests(): void;
}

export interface SignedInSessionParts {
  identity: Identity;
  /** What the sign-in brought; null after a restart, when it is in the secret store. */
  grant: (Grant & { refreshToken: string }) | null;
  settings: () => SessionSettings;
  secrets: Pick<SecretStore, 'read'>;
  /** Saves a new refresh token, as `formatSecret` writes it. */
  saveSecret: (secret: string) => Promise<void>;
  /** false once another sign-in has replaced it, and after a sign-out. */
  isCurrent: () => boolean;
  onPerson: (person: Person) => Promise<void>;
  onProblem: (problem: Problem) => Promise<void>;
  fetch: Fetch;
  requestTimeoutMs: number;
  clock: Clock;
  random: () => number;
  log: Logger;
}

const REVOKE_TIMEOUT_MS = 10_000;

export function openSignedInSession(parts: SignedInSessionParts): SignedInSession {
  const { identity, settings, clock, log, isCurrent } = parts;
  const { issuer, clientId, sub } = identity;
  const requests = new AbortController();
  let credential: Credential | null = parts.grant === null ? null : credentialOf(parts.grant.refreshToken, parts.grant);
  let failures = 0;
  let cancelTimer = (): void => undefined;
  /** The next check refreshes the credential even if it is not due. */
  let refreshFirst = false;
  // Shared by all who ask: two of them would each use the one refresh token that there is.
  const reading = createSingleFlight(readCredential);
  const checking = createSingleFlight(check);

  // ── the credential ────────────────────────────────────────────────────────────────────────────────────────────────

  function fetchUntil(signal: AbortSignal): Fetch {
    return answeringFetch(parts.fetch, parts.requestTimeoutMs, signal);
  }

  function credentialOf(refreshToken: string, grant: Grant | null): Credential {
    return createCredential({
      sub,
      refreshToken,
      grant,
      clock,
      random: parts.random,
      // Whatever the settings say later: a refresh token only ever goes to the server that issued it.
      discover: () => {
        const { scopes = DEFAULT_SCOPES } = settings();
        return discoverProvider({ issuer, clientId, scopes }, fetchUntil(requests.signal), clock);
      },
      isCurrent,
      save: (newest) => parts.saveSecret(formatSecret(identity, newest)),
    });
  }

  async function readCredential(): Promise<Credential> {
    const refreshToken = parseSecret(identity, await parts.secrets.read());
    credential ??= credentialOf(refreshToken, null);
    return credential;
  }

  /** Only while the settings name the server of this session. No server at all means that the settings cannot be read right now. */
  async function requireCredential(): Promise<Credential> {
    const server = configuredServer(settings());
    if (server !== null && !isSameServer(server, identity)) {
      throw new ProblemError(
        problem('other-sign-in-server', { server: server.issuer }, { cause: `before: ${issuer}` }),
      );
    }
    const required = credential ?? (await reading.join());
    if (!isCurrent()) throw new ProblemError(problem('signed-out'));
    if (server === null) throw new ProblemError(problem('no-sign-in-server'));
    return required;
  }

  // ── the organizations ─────────────────────────────────────────────────────────────────────────────────────────────

  function personWith(held: Credential, accessToken: string, signal: AbortSignal): Promise<Person> {
    const { hub, organizationsClaim = null, organizationsForm = 'names', organizationNames, membership } = settings();
    return fetchPerson({
      hub,
      organizationsClaim,
      ...{ organizationsForm, organizationNames, fromIdToken: membership === 'id-token' },
      provider: held.provider,
      fetch: fetchUntil(signal),
      accessToken,
      sub,
      claims: held.claims(),
    });
  }

  async function currentPerson(refresh: boolean): Promise<Person> {
    const held = await requireCredential();
    const accessToken = await (refresh ? held.refresh() : held.accessToken());
    try {
      return await personWith(held, accessToken, requests.signal);
    } catch (error) {
      // A token may have been revoked before it expired; only a new one that is rejected too means something.
      const unauthorized = error instanceof ProblemError && error.problem.code === 'server-unauthorized';
      if (!unauthorized) throw error;
      return personWith(held, await held.accessToken(accessToken), requests.signal);
    }
  }

  async function check(): Promise<void> {
    if (!isCurrent()) return;
    cancelTimer();
    const refresh = refreshFirst;
    refreshFirst = false;
    try {
      const person = await currentPerson(refresh);
      if (!isCurrent()) return;
      await parts.onPerson(person);
      if (isCurrent()) scheduleCheck();
    } catch (error) {
      if (isCurrent()) await reportFailure(error);
    }
  }

  async function reportFailure(error: unknown): Promise<Problem> {
    const reason = asProblem(error, problem('session-failed'));
    startTimer(afterFailure(failures, credential !== null, parts.random()));
    await parts.onProblem(reason);
    return reason;
  }

  function scheduleCheck(): void {
    startTimer(afterSuccess(failures, credential?.dueIn() ?? 0, parts.random()));
  }

  function startTimer(schedule: CheckSchedule): void {
    failures = schedule.failures;
    cancelTimer();
    cancelTimer = clock.after(schedule.delay, () => {
      // Not `join`: a check that is just reporting its outcome has asked already.
      if (isCurrent()) void checking.again();
    });
  }

  return {
    identity,
    hasCredential: () => credential !== null,
    async accessToken(rejected) {
      try {
        const held = await requireCredential();
        const token = await held.accessToken(rejected);
        if (!isCurrent()) throw new ProblemError(problem('signed-out'));
        return token;
      } catch (error) {
        if (!isCurrent()) throw new ProblemError(problem('signed-out'), { cause: error });
        throw new ProblemError(await reportFailure(error), { cause: error });
      }
    },
    async idToken(maxAgeMs) {
      const held = await requireCredential();
      await held.accessToken();
      const known = held.idToken();
      const renews = held.renewsIdToken();
      const isOld = known === null || clock.wall() - known.since > maxAgeMs;
      // A provider that is away for a while does not matter while there is one.
      if (renews === null || (renews && isOld)) {
        await held.refresh().catch((error: unknown) => {
          if (known === null) throw error;
        });
      }
      if (!isCurrent()) throw new ProblemError(problem('signed-out'));
      return held.idToken()?.token ?? null;
    },
    renewsIdToken: () => credential?.renewsIdToken() ?? null,
    async fetchFirstPerson(signal) {
      if (credential === null || parts.grant === null) throw new ProblemError(problem('signed-out'));
      return personWith(credential, parts.grant.accessToken, signal);
    },
    checkOrganizations: () => checking.join(),
    async recheckOrganizations() {
      // An ID token's claims are as old as the token.
      refreshFirst = settings().organizationsClaim !== undefined;
      await checking.again();
    },
    scheduleCheck,
    async loadCredential() {
      if (credential === null) await reading.join().catch(() => undefined);
    },
    async stopRefreshing() {
      cancelTimer();
      await credential?.refreshed();
      cancelTimer();
    },
    async revokeTokens() {
      const cancelTimeout = clock.after(REVOKE_TIMEOUT_MS, () => requests.abort(new Error('revocation took too long')));
      try {
        await credential?.revoke();
      } catch (error) {
        log.warn({ problem: asProblem(error, problem('not-revoked')) }, 'token not revoked');
      }
      cancelTimeout();
    },
    abortRequests: () => requests.abort(new Error('the session has ended')),
  };
}
