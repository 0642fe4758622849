import { beforeEach, describe, expect, it } from 'vitest';
import type { ConnectionStatus } from '../../../../renderer/panel/transport/connection.ts';
import type { Credential } from '../../../../renderer/panel/transport/credential.ts';
import { createWebSocketConnection, type Socket } from '../../../../renderer/panel/transport/websocket-connection.ts';
import { inputsFor, snapshotOf } from '../../../support/snapshots.ts';

const session = 'b'.repeat(64);
const snapshot = snapshotOf(inputsFor.enforcing);

/** A socket whose other end is the test. */
class PlayedSocket implements Socket {
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  readonly sent: { id: number; call: string; args: unknown }[] = [];
  closed = false;
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.onopen?.call(this as never, {} as Event);
  }
  says(message: unknown): void {
    this.onmessage?.call(this as never, { data: JSON.stringify(message) } as MessageEvent);
  }
  breaks(): void {
    this.onclose?.call(this as never, {} as CloseEvent);
  }
}

let sockets: PlayedSocket[];
let timers: { delay: number; run: () => void }[];
let kept: string | null;

function connectionWith(credential: Credential | null) {
  return createWebSocketConnection({
    connect: () => {
      const socket = new PlayedSocket();
      sockets.push(socket);
      return socket;
    },
    credential,
    storage: {
      setItem: (_name, value) => {
        kept = value;
      },
      removeItem: () => {
        kept = null;
      },
    },
    now: () => 1_000,
    after: (delay, run) => {
      const timer = { delay, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    random: () => 0.5,
  });
}

function lastSocket(): PlayedSocket {
  const socket = sockets.at(-1);
  if (socket === undefined) throw new Error('nothing was connected');
  return socket;
}

/** Lets the one timer that is running ring. */
function ring(): number {
  const timer = timers.shift();
  if (timer === undefined) throw new Error('no timer is running');
  timer.run();
  return timer.delay;
}

function opened() {
  const connection = connectionWith({ code: 'a'.repeat(32) });
  lastSocket().opens();
  lastSocket().says({ id: 0, ok: { session } });
  return connection;
}

beforeEach(() => {
  sockets = [];
  timers = [];
  kept = null;
});

describe("a browser panel's connection", () => {
  it('says hello with its code first, and keeps the session it is given', () => {
    const connection = opened();
    expect(lastSocket().sent).toEqual([{ id: 0, call: 'hello', args: { code: 'a'.repeat(32) } }]);
    expect(kept).toBe(session);
    expect(connection.status()).toEqual({ kind: 'open' });
  });

  it('is refused without a credential, and does not try', () => {
    expect(connectionWith(null).status()).toEqual({ kind: 'unauthorized', why: 'no-code' });
    expect(sockets).toEqual([]);
  });

  it.each<[string, Credential, string]>([
    ['a used code', { code: 'a'.repeat(32) }, 'code-used'],
    ['an unknown session', { session }, 'session-ended'],
  ])('is refused for good with %s, and forgets it', (_what, credential, why) => {
    kept = session;
    const connection = connectionWith(credential);
    lastSocket().opens();
    lastSocket().says({ id: 0, error: { code: 'panel-refused', message: 'No.' } });
    expect(connection.status()).toEqual({ kind: 'unauthorized', why });
    expect(kept).toBeNull();
    expect(timers).toEqual([]);
  });

  it('refuses calls while it is not open, and fails those under way when it breaks', async () => {
    const early = connectionWith({ session });
    await expect(early.call('snapshot.get', {})).rejects.toThrow('connection-lost');
    const connection = opened();
    const call = connection.call('snapshot.get', {});
    lastSocket().breaks();
    await expect(call).rejects.toThrow('connection-lost');
  });

  it('comes back with its session, later and later, and starts over once it was open', () => {
    const connection = opened();
    const statuses: ConnectionStatus['kind'][] = [];
    connection.onStatus((status) => statuses.push(status.kind));
    lastSocket().breaks();
    const delays = [ring()];
    for (let failures = 0; failures < 6; failures += 1) {
      lastSocket().breaks();
      delays.push(ring());
    }
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    lastSocket().opens();
    expect(lastSocket().sent[0]?.args).toEqual({ session });
    lastSocket().says({ id: 0, ok: { session } });
    expect(statuses.at(-1)).toBe('open');
    lastSocket().breaks();
    expect(ring()).toBe(500);
  });

  it('tries again at once when it is asked to', () => {
    const connection = opened();
    lastSocket().breaks();
    connection.retryNow();
    expect(sockets).toHaveLength(2);
    // The timer that is left watches the new attempt.
    expect(timers.map(({ delay }) => delay)).toEqual([10_000]);
  });

  it('takes an agent that is silent for lost, and one that answers for alive', async () => {
    const connection = opened();
    ring();
    expect(lastSocket().sent.at(-1)?.call).toBe('snapshot.get');
    lastSocket().says({ id: lastSocket().sent.at(-1)?.id, ok: snapshot });
    await Promise.resolve();
    await Promise.resolve();
    expect(connection.status().kind).toBe('open');
    ring();
    ring();
    expect(connection.status().kind).toBe('lost');
    expect(lastSocket().closed).toBe(true);
  });

  it('gives up an attempt that nobody answers', () => {
    const connection = connectionWith({ session });
    ring();
    expect(connection.status().kind).toBe('lost');
  });

  it('passes events on and ignores what is not of the protocol', () => {
    const connection = opened();
    const seen: string[] = [];
    connection.on('snapshot', ({ state }) => seen.push(state.id));
    lastSocket().onmessage?.call(lastSocket() as never, { data: 'not JSON' } as MessageEvent);
    lastSocket().says({ seq: 0, event: 'snapshot', data: { rubbish: true } });
    lastSocket().says({ seq: 1, event: 'snapshot', data: snapshot });
    expect(seen).toEqual(['enforcing']);
  });
});
