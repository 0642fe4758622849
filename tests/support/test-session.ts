import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type AccountStore, accountFile } from '../../main/agent/session/account.ts';
import type { SecretStore } from '../../main/agent/session/secret-store.ts';
import { openSession, type Session } from '../../main/agent/session/session.ts';
import type { SessionSettings } from '../../main/agent/session/sign-in-server.ts';
import type { Fetch } from '../../main/platform/net/web-answer.ts';
import type { SessionState } from '../../shared/state/inputs.ts';
import { type ManualClock, manualClock } from './manual-clock.ts';
import { memorySecretStore } from './memory-secret-store.ts';

export interface TestSession {
  session: Session;
  /** May be changed; call `session.reconsider` then. */
  settings: SessionSettings;
  clock: ManualClock;
  secrets: SecretStore;
  account: AccountStore;
  /** Every state that was published, in order, of this session and the ones before it. */
  states: SessionState[];
  /** Everything it logged, on every level. */
  log: () => string;
  /** What the account file holds; null if there is none. */
  accountText: () => Promise<string | null>;
  /** Waits until the state is of this kind (and satisfies more, if asked). */
  until: <K extends SessionState['kind']>(
    kind: K,
    also?: (state: Extract<SessionState, { kind: K }>) => boolean,
  ) => Promise<Extract<SessionState, { kind: K }>>;
  /** As if the program had been ended and started again. */
  restart: () => Promise<TestSession>;
  close: () => Promise<void>;
}

/** A session with a folder of its own, a clock that stands still and a log that is kept. */
export async function testSession(
  settings: Partial<SessionSettings> & { hub: string | null },
  parts: { fetch?: Fetch; secrets?: SecretStore; requestTimeoutMs?: number } = {},
): Promise<TestSession> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-session-'));
  const file = join(folder, 'account.json');
  let log = '';
  const logger = pino(
    { level: 'trace' },
    {
      write: (line: string) => {
        log += line;
      },
    },
  );
  const deps = {
    secrets: parts.secrets ?? memorySecretStore(),
    account: accountFile(file),
    clock: manualClock(),
    fetch: parts.fetch ?? fetch,
    random: () => 0.5,
    log: logger,
    requestTimeoutMs: parts.requestTimeoutMs ?? 10_000,
  };
  const current: SessionSettings = { allowedOrgs: [], ...settings };
  const states: SessionState[] = [];
  const open = (): TestSession => {
    const session = openSession({ ...deps, settings: () => current });
    session.onChange((state) => states.push(state));
    return {
      ...deps,
      session,
      settings: current,
      states,
      log: () => log,
      accountText: () => readFile(file, 'utf8').catch(() => null),
      until: (kind, also) => untilState(session, kind, also),
      restart: async () => {
        await session.close();
        return open();
      },
      close: async () => {
        await session.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  };
  return open();
}

function untilState<K extends SessionState['kind']>(
  session: Session,
  kind: K,
  also: (state: Extract<SessionState, { kind: K }>) => boolean = () => true,
): Promise<Extract<SessionState, { kind: K }>> {
  const { promise, resolve, reject } = Promise.withResolvers<Extract<SessionState, { kind: K }>>();
  const look = (state: SessionState | null): void => {
    if (state?.kind !== kind) return;
    const found = state as Extract<SessionState, { kind: K }>;
    if (also(found)) resolve(found);
  };
  const stop = session.onChange(look);
  const deadline = setTimeout(
    () => reject(new Error(`not ${kind} within 30 s, but ${JSON.stringify(session.state())}`)),
    30_000,
  );
  look(session.state());
  return promise.finally(() => {
    stop();
    clearTimeout(deadline);
  });
}
