import { z } from 'zod';
import { type Problem, ProblemError, toProblem } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { answeringFetch, type Fetch } from '../../platform/net/web-answer.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { backOff } from '../back-off.ts';
import type { Account } from './account.ts';
import { type Credential, holdCredential } from './credential.ts';
import { askWho, type Person } from './person.ts';
import { NO_SERVER, NOBODY, serverChanged } from './problems.ts';
import { discoverProvider, type Grant } from './provider.ts';
import type { SecretStore } from './secret-store.ts';
import { isSameServer, type SessionSettings, serverIn } from './sign-in-server.ts';

/** One account's time on this machine, from sign-in or start to sign-out: its credential, and whom it belongs to. */
export interface SignedInSession {
  /** What is known of it; the session brings it up to date. */
  account: Account;
  /** false: the secret store has not given it yet. */
  hasCredential(): boolean;
  /** @param refused an access token that a server has just answered 401 to. @throws ProblemError; `fail` has been told. */
  accessToken(refused?: string): Promise<string>;
  /** Asks with the token that a sign-in has just brought, whoever's tenure it is yet. @throws ProblemError */
  firstPerson(signal: AbortSignal): Promise<Person>;
  /** Asks for them, one at a time for all who want it, and tells the outcome to `settle` or `fail`. Never rejects. */
  review(options?: { afresh: boolean }): Promise<void>;
  /** From now on the next refresh, and a review with it, comes by itself. */
  schedule(): void;
  /** Nothing comes by itself any more. Resolves when a refresh that is running is through. */
  rest(): Promise<void>;
  /** Tells the provider that the refresh token is no longer needed; gives up after ten seconds. Never rejects. */
  revoke(): Promise<void>;
  /** Calls off every request. */
  abort(): void;
}

export interface TenureParts {
  account: Account;
  /** What the sign-in brought; null after a restart, when the secret store has it. */
  grant: (Grant & { refreshToken: string }) | null;
  settings: () => SessionSettings;
  secrets: SecretStore;
  /** Keeps a new refresh token, as `secretOf` writes it. */
  keep: (secret: string) => Promise<void>;
  /** Is this the session's tenure still? */
  isCurrent: () => boolean;
  settle: (person: Person) => Promise<void>;
  fail: (problem: Problem) => Promise<void>;
  fetch: Fetch;
  requestTimeoutMs: number;
  clock: Clock;
  random: () => number;
  log: Logger;
}

const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 15 * 60_000;
/** Timers are 32 bits wide. */
const LONGEST_TIMER_MS = 24 * 3_600_000;
const LAST_WORDS_MS = 10_000;

/** What is kept in the secret store: the token, and whose it is, so that a mixed-up keyring is noticed. */
const StoredSecret = z.strictObject({ issuer: z.string(), sub: z.string(), refreshToken: z.string().min(1) });

export function secretOf({ issuer, sub }: Account, refreshToken: string): string {
  return JSON.stringify({ issuer, sub, refreshToken } satisfies z.infer<typeof StoredSecret>);
}

export function openSignedInSession(parts: TenureParts): SignedInSession {
  const { settings, clock, log } = parts;
  const { issuer, clientId, sub } = parts.account;
  const life = new AbortController();
  let credential: Credential | null = parts.grant === null ? null : hold(parts.grant.refreshToken, parts.grant);
  let opening: Promise<Credential> | null = null;
  let reviewing: Promise<void> | null = null;
  /** In a row. */
  let failures = 0;
  let callOff = (): void => undefined;

  function fetchUntil(signal: AbortSignal): Fetch {
    return answeringFetch(parts.fetch, parts.requestTimeoutMs, signal);
  }

  function hold(refreshToken: string, grant: Grant | null): Credential {
    return holdCredential({
      sub,
      refreshToken,
      grant,
      clock,
      // Whatever the settings say later: a refresh token goes to the server that gave it.
      discover: () => {
        const { scopes = ['profile', 'email'] } = settings();
        return discoverProvider({ issuer, clientId, scopes }, fetchUntil(life.signal), clock);
      },
      wanted: parts.isCurrent,
      keep: (newest) => parts.keep(secretOf(parts.account, newest)),
    });
  }

  /** One for all who ask: two of them would each use the one refresh token that there is. */
  function open(): Promise<Credential> {
    opening ??= read()
      .then((opened) => {
        credential ??= opened;
        return credential;
      })
      .finally(() => {
        opening = null;
      });
    return opening;
  }

  async function read(): Promise<Credential> {
    const stored = await parts.secrets.read();
    // A locked keyring whose user does not unlock it says the same as an empty one.
    if (stored === null) {
      throw unusable('credential-missing', 'The credential of this sign-in is not in the keyring, or that is locked.');
    }
    let secret: z.infer<typeof StoredSecret>;
    try {
      secret = StoredSecret.parse(JSON.parse(stored));
    } catch {
      throw unusable('credential-corrupted', 'The credential that was kept cannot be read.');
    }
    if (secret.sub !== sub || secret.issuer !== issuer) {
      throw unusable('credential-corrupted', 'The credential that was kept belongs to another sign-in.');
    }
    return hold(secret.refreshToken, null);
  }

  /** The credential, as long as one signs in where this tenure began; no sign-in server at all is no more than not knowing. */
  async function requireCredential(): Promise<Credential> {
    const server = serverIn(settings());
    if (server !== null && !isSameServer(server, parts.account)) {
      // Only to take it back from the server that gave it.
      await open().catch(() => undefined);
      throw new ProblemError(serverChanged(issuer));
    }
    const required = credential ?? (await open());
    if (!parts.isCurrent()) throw new ProblemError(NOBODY);
    if (server === null) throw new ProblemError(NO_SERVER);
    return required;
  }

  async function personBy(held: Credential, accessToken: string, signal: AbortSignal): Promise<Person> {
    const { hub, organizationsClaim = null } = settings();
    const fetch = fetchUntil(signal);
    return askWho({
      hub,
      organizationsClaim,
      provider: held.provider,
      fetch,
      accessToken,
      sub,
      claims: held.claims(),
    });
  }

  async function askPerson(afresh: boolean): Promise<Person> {
    const held = await requireCredential();
    const accessToken = await (afresh ? held.renew() : held.accessToken());
    try {
      return await personBy(held, accessToken, life.signal);
    } catch (error) {
      // A token may have been withdrawn before its time; only a new one that is refused too means something.
      const unauthorized = error instanceof ProblemError && error.problem.code === 'server-unauthorized';
      if (!unauthorized) throw error;
      return personBy(held, await held.accessToken(accessToken), life.signal);
    }
  }

  async function reviewOnce(afresh: boolean): Promise<void> {
    callOff();
    try {
      const person = await askPerson(afresh);
      if (!parts.isCurrent()) return;
      await parts.settle(person);
      if (parts.isCurrent()) schedule();
    } catch (error) {
      if (parts.isCurrent()) await failed(error);
    }
  }

  async function failed(error: unknown): Promise<Problem> {
    const problem = toProblem(
      error,
      'session-failed',
      'The session could not be renewed.',
      'This is tried again by itself. If it lasts, sign in again.',
    );
    failures += 1;
    // A keyring that is locked asks its user each time it is read: not twice a minute.
    reviewAfter(credential === null ? LAST_RETRY_MS : pause());
    await parts.fail(problem);
    return problem;
  }

  function schedule(): void {
    const dueIn = credential?.dueIn() ?? 0;
    // Due although all went well: the provider could not be asked, and the token in hand serves for a while yet.
    failures = dueIn > 0 ? 0 : failures + 1;
    reviewAfter(dueIn > 0 ? Math.min(dueIn, LONGEST_TIMER_MS) : pause());
  }

  function pause(): number {
    return backOff(failures, FIRST_RETRY_MS, LAST_RETRY_MS, parts.random());
  }

  function reviewAfter(delay: number): void {
    callOff();
    callOff = clock.after(delay, () => {
      if (parts.isCurrent()) void review();
    });
  }

  function review({ afresh } = { afresh: false }): Promise<void> {
    reviewing ??= reviewOnce(afresh).finally(() => {
      reviewing = null;
    });
    return reviewing;
  }

  return {
    account: parts.account,
    hasCredential: () => credential !== null,
    async accessToken(refused) {
      try {
        const held = await requireCredential();
        const token = await held.accessToken(refused);
        if (!parts.isCurrent()) throw new ProblemError(NOBODY);
        return token;
      } catch (error) {
        if (!parts.isCurrent()) throw new ProblemError(NOBODY, { cause: error });
        throw new ProblemError(await failed(error), { cause: error });
      }
    },
    async firstPerson(signal) {
      if (credential === null || parts.grant === null) throw new ProblemError(NOBODY);
      return personBy(credential, parts.grant.accessToken, signal);
    },
    async review(options) {
      // One that began before whatever made somebody ask may have asked too early.
      if (options !== undefined) await reviewing;
      if (parts.isCurrent()) await review(options);
    },
    schedule,
    async rest() {
      callOff();
      await credential?.settled();
      callOff();
    },
    async revoke() {
      const giveUp = clock.after(LAST_WORDS_MS, () => life.abort(new Error('revocation took too long')));
      try {
        await credential?.revoke();
      } catch (error) {
        log.warn({ problem: toProblem(error, 'not-revoked', 'The token could not be revoked.') }, 'token not revoked');
      }
      giveUp();
    },
    abort: () => life.abort(new Error('the session has ended')),
  };
}

function unusable(code: string, message: string): ProblemError {
  return new ProblemError({ code, message, next: 'Sign in again; until then the last policy stays in force.' });
}
