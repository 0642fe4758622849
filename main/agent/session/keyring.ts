import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { createSerialQueue } from '../../platform/process/serial-queue.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { SecretStore } from './secret-store.ts';

/** What we use of keytar. */
export interface Keyring {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

export const SERVICE = 'Portcullis';

/** Writing to a locked keyring asks its user, who may be away; the session does not wait for that. */
const CALL_TIMEOUT_MS = 10_000;

const NO_ANSWER = new Error('no answer; it may be locked');

/**
 * keytar is an optional dependency: a native module that was not built, or lacks libsecret, must not prevent a start.
 *
 * @throws what the loader throws
 */
export async function loadKeytar(): Promise<Keyring> {
  // Not a literal, so that neither compiler nor bundler insists on its presence.
  const name: string = 'keytar';
  const module: { default: Keyring } = await import(name);
  return module.default;
}

/**
 * The system's keyring: Secret Service, macOS Keychain, Windows Credential Manager. Where it is absent or locked the secret is kept in
 * memory until the process ends, and `health` reports it.
 *
 * @param account tells several installations of one user apart: the data folder.
 */
export function keyringSecretStore(deps: {
  load: () => Promise<Keyring>;
  /** Whether reading would wait for the keyring, or for the user to unlock it: at a start nobody expects to be asked. */
  readWouldWait: () => Promise<boolean>;
  account: string;
  clock: Clock;
  log: Logger;
}): SecretStore {
  const { account, clock, log } = deps;
  /** One call at a time, even after we stopped waiting for it: each that hangs blocks one of Node's four pool threads. */
  const inOrder = createSerialQueue();
  let loading: Promise<Keyring> | null = null;
  let inMemory: string | null = null;
  let fault: ProblemError | null = null;
  /** Calls that have not ended, whether or not anybody still waits for them. */
  let pendingCalls = 0;
  /** One of them has timed out. */
  let hangs = false;

  async function call<T>(keyring: Keyring, method: (keyring: Keyring) => Promise<T>): Promise<T> {
    pendingCalls += 1;
    try {
      return await inOrder(() => method(keyring));
    } finally {
      pendingCalls -= 1;
      if (pendingCalls === 0) hangs = false;
    }
  }

  /** @param evenLate whether the call is worth making when nobody waits for it any more: a write is, a read is not. */
  async function callOrTimeOut<T>(evenLate: boolean, method: (keyring: Keyring) => Promise<T>): Promise<T> {
    loading ??= deps.load();
    const keyring = await loading.catch((error: unknown) => {
      throw recordFault(keyringError('no-keyring', error));
    });
    if (hangs) {
      if (evenLate) call(keyring, method).catch(() => undefined);
      throw fault ?? recordFault(keyringError('keyring-locked', NO_ANSWER));
    }
    const answer = call(keyring, method);
    const { promise: timeout, reject } = Promise.withResolvers<never>();
    const cancelTimeout = clock.after(CALL_TIMEOUT_MS, () => {
      hangs = true;
      reject(NO_ANSWER);
    });
    try {
      const value = await Promise.race([answer, timeout]);
      fault = null;
      return value;
    } catch (error) {
      throw recordFault(keyringError(isLocked(error) ? 'keyring-locked' : 'no-keyring', error));
    } finally {
      cancelTimeout();
    }
  }

  /** @throws ProblemError `no-keyring` or `keyring-locked` */
  async function readWithoutWaiting(): Promise<string | null> {
    if (!hangs && (await deps.readWouldWait())) throw recordFault(keyringError('keyring-locked', NO_ANSWER));
    return callOrTimeOut(false, (keyring) => keyring.getPassword(SERVICE, account));
  }

  function recordFault(error: ProblemError): ProblemError {
    if (error.problem.code !== fault?.problem.code) log.warn({ problem: error.problem }, 'keyring unavailable');
    fault = error;
    return error;
  }

  return {
    read: async () => inMemory ?? readWithoutWaiting(),
    write: async (secret) => {
      inMemory = secret;
      await callOrTimeOut(true, (keyring) => keyring.setPassword(SERVICE, account, secret)).then(
        () => {
          // A later write may have replaced it meanwhile.
          if (inMemory === secret) inMemory = null;
        },
        () => undefined,
      );
    },
    remove: async () => {
      inMemory = null;
      await callOrTimeOut(true, (keyring) => keyring.deletePassword(SERVICE, account));
    },
    health: () => (fault === null ? [] : [{ ...fault.problem, severity: 'warning', forbidsGreen: false }]),
    idle: () => inOrder(() => undefined),
  };
}

/** keytar gives no codes, only libsecret's words; what does not answer most likely waits for its user to unlock it. */
function isLocked(error: unknown): boolean {
  return error === NO_ANSWER || (error instanceof Error && /locked/i.test(error.message));
}

function keyringError(code: 'no-keyring' | 'keyring-locked', error: unknown): ProblemError {
  const cause = error instanceof Error ? error.message : String(error);
  return new ProblemError(problem(code, {}, { cause }), { cause: error });
}
