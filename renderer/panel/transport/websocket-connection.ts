import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { createClient } from '../../../shared/schemas/ipc.ts';
import { type Hello, Response } from '../../../shared/schemas/ipc-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Connection, ConnectionStatus } from './connection.ts';
import { type Credential, forgetSession, keepSession } from './credential.ts';

/** As much of a `WebSocket` as is used, so that tests can play one. */
export type Socket = Pick<WebSocket, 'onopen' | 'onmessage' | 'onclose' | 'send' | 'close'>;

export interface WebSocketConnectionOptions {
  readonly connect: () => Socket;
  readonly credential: Credential | null;
  readonly storage: Pick<Storage, 'setItem' | 'removeItem'>;
  readonly now: () => number;
  /** Runs a function after so many milliseconds; the answer cancels it. */
  readonly after: (delay: number, run: () => void) => () => void;
  readonly random: () => number;
}

const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;
/** An agent that hangs keeps its sockets open. It is asked this often, and taken for lost if no answer comes. */
const HEARTBEAT_EVERY = 20_000;
const HEARTBEAT_PATIENCE = 10_000;

const LOST = problem('connection-lost');
const Welcome = z.object({ session: z.string().regex(/^[0-9a-f]{64}$/) });

/** The panel in a browser: says hello with its credential first, and comes back by itself with a growing delay. */
export function createWebSocketConnection(options: WebSocketConnectionOptions): Connection {
  const { connect, storage, now, after, random } = options;
  let credential = options.credential;
  let status: ConnectionStatus =
    credential === null ? { kind: 'unauthorized', why: 'no-code' } : { kind: 'connecting' };
  let socket: Socket | null = null;
  let cancelTimer = () => {};
  let failures = 0;
  const listeners = new Set<(status: ConnectionStatus) => void>();

  const client = createClient((message) => {
    if (status.kind !== 'open' || socket === null) throw new ProblemError(LOST);
    socket.send(JSON.stringify(message));
  });

  function become(next: ConnectionStatus): void {
    status = next;
    for (const listener of listeners) listener(next);
  }

  function drop(): void {
    cancelTimer();
    if (socket !== null) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
      socket = null;
    }
    client.fail(LOST);
  }

  function lose(): void {
    drop();
    const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures) * (0.8 + 0.4 * random());
    failures += 1;
    cancelTimer = after(delay, open);
    become({ kind: 'lost', retryAt: now() + delay });
  }

  function refuse(used: Credential): void {
    drop();
    forgetSession(storage);
    credential = null;
    become({ kind: 'unauthorized', why: 'code' in used ? 'code-used' : 'session-ended' });
  }

  function open(): void {
    if (credential === null) return;
    const used = credential;
    cancelTimer = after(HEARTBEAT_PATIENCE, lose);
    const current = connect();
    socket = current;
    current.onopen = () => current.send(JSON.stringify({ id: 0, call: 'hello', args: used } satisfies Hello));
    current.onclose = lose;
    current.onmessage = ({ data }) => {
      const message = typeof data === 'string' ? parseJson(data) : undefined;
      if (status.kind === 'open') return client.receive(message);
      const answer = Response.safeParse(message);
      if (!answer.success) return;
      const welcome = 'ok' in answer.data ? Welcome.safeParse(answer.data.ok) : null;
      if (!welcome?.success) return refuse(used);
      credential = { session: welcome.data.session };
      keepSession(storage, welcome.data.session);
      failures = 0;
      become({ kind: 'open' });
      scheduleHeartbeat();
    };
  }

  function scheduleHeartbeat(): void {
    cancelTimer();
    cancelTimer = after(HEARTBEAT_EVERY, () => {
      cancelTimer = after(HEARTBEAT_PATIENCE, lose);
      // An answer that is an error is an answer; only silence is not.
      const alive = () => {
        if (status.kind === 'open') scheduleHeartbeat();
      };
      client.call('snapshot.get', {}).then(alive, alive);
    });
  }

  if (credential !== null) open();

  return {
    call: client.call,
    on: client.on,
    opener: 'caller',
    status: () => status,
    onStatus: (listener) => subscribe(listeners, listener),
    retryNow() {
      if (status.kind !== 'lost') return;
      drop();
      open();
    },
  };
}
