import { ProblemError } from '../../../shared/problems/problem.ts';
import type { HealthEntry } from '../../../shared/state/inputs.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { SecretStore } from './secret-store.ts';

/** What we use of keytar. */
export interface Keyring {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

const SERVICE = 'Portcullis';

/** A locked keyring asks its user, who may be away; the session does not wait for that. */
const PATIENCE_MS = 10_000;

const NO_ANSWER = new Error('it does not answer; it may be locked');

/**
 * keytar is an optional dependency: a native module that was not built, or lacks libsecret, is no reason not to start.
 *
 * @throws what the loader says
 */
export async function loadKeytar(): Promise<Keyring> {
  // Not a literal, so that neither compiler nor bundler insists on its presence.
  const name: string = 'keytar';
  const module: { default: Keyring } = await import(name);
  return module.default;
}

/**
 * The system's keyring: Secret Service, macOS Keychain, Windows Credential Manager. Where it is absent or locked the
 * secret is kept in memory, which ends with the process, and `health` says so.
 *
 * @param account tells several installations of one user apart: the data folder.
 */
export function keyringSecretStore(deps: {
  load: () => Promise<Keyring>;
  account: string;
  clock: Clock;
  log: Logger;
}): SecretStore {
  const { account, clock, log } = deps;
  let loading: Promise<Keyring> | null = null;
  let inMemory: string | null = null;
  let fault: ProblemError | null = null;

  /** One call at a time, even after we stopped waiting for it: each that hangs holds one of Node's four pool threads. */
  let calling: Promise<unknown> = Promise.resolve();
  /** Calls that have not ended, whether anybody waits for them or not. */
  let running = 0;
  /** One of them was waited for in vain. */
  let hung = false;

  function queue<T>(call: (keyring: Keyring) => Promise<T>, keyring: Keyring): Promise<T> {
    running += 1;
    const answer = calling.then(() => call(keyring));
    calling = answer
      .catch(() => undefined)
      .finally(() => {
        running -= 1;
        if (running === 0) hung = false;
      });
    return answer;
  }

  /** @param late whether the call is worth making when nobody waits for it any more: a question is not. */
  async function ask<T>(late: boolean, call: (keyring: Keyring) => Promise<T>): Promise<T> {
    loading ??= deps.load();
    const keyring = await loading.catch((error: unknown) => {
      throw failed(unavailable(error));
    });
    if (hung && !late) throw fault ?? failed(unavailable(NO_ANSWER));
    const answer = queue(call, keyring);
    if (hung) {
      answer.catch(() => undefined);
      throw fault ?? failed(unavailable(NO_ANSWER));
    }
    const { promise: tooLong, reject } = Promise.withResolvers<never>();
    const callOff = clock.after(PATIENCE_MS, () => {
      hung = true;
      reject(NO_ANSWER);
    });
    try {
      const value = await Promise.race([answer, tooLong]);
      fault = null;
      return value;
    } catch (error) {
      const locked = error instanceof Error && /locked/i.test(error.message);
      throw failed(locked ? lockedUp(error) : unavailable(error));
    } finally {
      callOff();
    }
  }

  function failed(error: ProblemError): ProblemError {
    if (error.problem.code !== fault?.problem.code) log.warn({ problem: error.problem }, 'the keyring cannot be used');
    fault = error;
    return error;
  }

  return {
    read: async () => inMemory ?? ask(false, (keyring) => keyring.getPassword(SERVICE, account)),
    write: async (secret) => {
      inMemory = secret;
      await ask(true, (keyring) => keyring.setPassword(SERVICE, account, secret)).then(
        () => {
          // A later one may have come meanwhile.
          if (inMemory === secret) inMemory = null;
        },
        () => undefined,
      );
    },
    remove: async () => {
      inMemory = null;
      await ask(true, (keyring) => keyring.deletePassword(SERVICE, account));
    },
    health: () => (fault === null ? [] : [healthOf(fault)]),
    hangs: () => running > 0,
  };
}

function unavailable(error: unknown): ProblemError {
  return new ProblemError(
    {
      code: 'no-keyring',
      message: 'This machine has no keyring that can be used.',
      cause: (error instanceof Error ? error.message : String(error)).slice(0, 1000),
      next: 'Sign in again after each start, or set up a keyring (on Linux GNOME Keyring or KWallet).',
    },
    { cause: error },
  );
}

function lockedUp(error: Error): ProblemError {
  return new ProblemError(
    {
      code: 'keyring-locked',
      message: 'The keyring of this machine is locked.',
      cause: error.message.slice(0, 1000),
      next: 'Unlock it.',
    },
    { cause: error },
  );
}

function healthOf({ problem }: ProblemError): HealthEntry {
  return {
    code: problem.code,
    severity: 'warning',
    title: problem.code === 'keyring-locked' ? 'Keyring locked' : 'No keyring',
    text: `${problem.message} The sign-in is kept in memory and has to be repeated after a restart.`,
    next: problem.next ?? null,
    forbidsGreen: false,
  };
}
