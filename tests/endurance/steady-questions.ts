import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as packet from 'dns-packet';
import { exchangeUdp, question } from '../support/dns-client.ts';
import { startDnsStub } from '../support/dns-stub.ts';

/**
 * An upstream resolver, and clients that ask a gateway without a pause: in a process of their own, so that a test that is busy
 * for seconds (signing a list of a million lines) neither keeps an answer waiting nor stops asking.
 */
export interface SteadyQuestions {
  /** Of the resolver, which knows an address for every name. */
  readonly upstream: string;
  /** From now on `server` is asked for a name that is always allowed, and for others that never are. */
  ask(server: string): void;
  /** How many questions have been answered so far. */
  answered(): Promise<number>;
  /** Ends the clients. @returns each answer that was not what it should be. */
  finish(): Promise<string[]>;
  [Symbol.dispose](): void;
}

const CLIENTS = 8;
/** Far beyond what a gateway takes that works: it ends what would otherwise hang. */
const ANSWER_MS = 120_000;

export const ALWAYS_ALLOWED = 'always.example';

type ToChild = { kind: 'ask'; server: string } | { kind: 'answered' } | { kind: 'finish' };

export async function startSteadyQuestions(): Promise<SteadyQuestions> {
  const child = fork(import.meta.filename);
  const reply = async <T>(message?: ToChild): Promise<T> => {
    const replied = once(child, 'message') as Promise<[T]>;
    if (message !== undefined) child.send(message);
    const ended = once(child, 'exit').then(([code, signal]) => {
      throw new Error(`the process that asks has ended (${code ?? signal})`);
    });
    return (await Promise.race([replied, ended]))[0];
  };
  const upstream = await reply<string>();
  return {
    upstream,
    ask: (server) => void child.send({ kind: 'ask', server } satisfies ToChild),
    answered: () => reply<number>({ kind: 'answered' }),
    finish: () => reply<string[]>({ kind: 'finish' }),
    [Symbol.dispose]: () => void child.kill('SIGKILL'),
  };
}

/** The child's side. */
async function run(send: (message: unknown) => void): Promise<void> {
  const upstream = await startDnsStub(({ name, type }) =>
    type === 'A' ? [{ type, name, ttl: 60, data: '10.0.0.1' }] : [],
  );
  const wrong: string[] = [];
  let asked = 0;
  let finished = false;
  let clients: Promise<void>[] = [];

  const client = async (server: string): Promise<void> => {
    while (!finished) {
      for (const [name, expected] of [
        [ALWAYS_ALLOWED, 'NOERROR'],
        [`n${asked}.never.example`, 'NXDOMAIN'],
      ] as const) {
        const answer = await exchangeUdp(server, question(name), ANSWER_MS);
        asked += 1;
        const { rcode } = (answer === null ? {} : packet.decode(answer)) as { rcode?: string };
        if (rcode !== expected) wrong.push(`${name}: ${rcode ?? 'no answer'}`);
      }
    }
  };

  process.on('message', async (message: ToChild) => {
    switch (message.kind) {
      case 'ask':
        clients = Array.from({ length: CLIENTS }, () => client(message.server));
        return;
      case 'answered':
        send(asked);
        return;
      case 'finish':
        finished = true;
        await Promise.all(clients);
        send(wrong);
    }
  });
  // A test that was killed leaves nobody behind who asks.
  process.on('disconnect', () => process.exit());
  send(upstream.address);
}

if (import.meta.main && process.send !== undefined) await run(process.send.bind(process));
