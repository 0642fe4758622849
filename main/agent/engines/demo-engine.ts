import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { decode, encode } from 'dns-packet';
import { DIRECT_PROBE_SUFFIX } from '../../../shared/probe-names.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { parseSocketAddress, type SocketAddress } from '../../platform/net/socket-address.ts';
import type { Engine, GatewayListeners, ProbeAnswer, WallUse } from './engine.ts';

/**
 * No engine: the agent asks the gateway's listeners itself, as an engine would. That proves that the gateway applies the
 * rules in force, and nothing about any engine, so every screen says that none is attached.
 */
export function createDemoEngine(listeners: GatewayListeners, randomId: () => number): Engine {
  return {
    description: { kind: 'demo', name: 'demo', socket: null },

    async inspect() {
      const { dns = [], proxy = [] } = listeners() ?? {};
      const use = (addresses: readonly string[]): WallUse =>
        addresses.length > 0 ? { inUse: true } : { inUse: false, why: problem('wall-without-listener') };
      return { kind: 'running', version: null, dns: use(dns), proxy: use(proxy) };
    },

    async probe(host, signal) {
      const { dns = [], proxy = [] } = listeners() ?? {};
      const [throughProxy] = proxy;
      const [resolver] = dns;
      try {
        if (throughProxy !== undefined && !host.endsWith(`.${DIRECT_PROBE_SUFFIX}`)) {
          return await askProxy(parseSocketAddress(throughProxy), host, signal);
        }
        if (resolver === undefined) return noAnswer('the gateway has no listener');
        return await askResolver(parseSocketAddress(resolver), host, randomId(), signal);
      } catch (error) {
        return noAnswer(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/** RFC 1035 section 4.1.1. */
const RECURSION_DESIRED = 0x0100;

/** One `CONNECT` (RFC 9110 section 9.3.6), of which only the status line matters. */
function askProxy({ host, port }: SocketAddress, target: string, signal: AbortSignal): Promise<ProbeAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    let head = '';
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(`CONNECT ${target}:443 HTTP/1.1\r\nHost: ${target}:443\r\n\r\n`));
    socket.on('data', (chunk: string) => {
      head += chunk;
      const status = /^HTTP\/1\.[01] (\d{3}) ?([^\r\n]*)\r?\n/.exec(head);
      if (status === null) {
        if (head.length > 4096) socket.destroy(new Error('no HTTP answer'));
        return;
      }
      const [, code = '', phrase = ''] = status;
      resolve({ kind: code.startsWith('2') ? 'passed' : 'denied', detail: `${code} ${phrase}`.slice(0, 300) });
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the proxy closed the connection without an answer')));
  });
}

/** One question by UDP; an answer with an address would be a way through. */
async function askResolver(
  { host, port }: SocketAddress,
  name: string,
  id: number,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    return await new Promise((resolve, reject) => {
      const abort = (): void => reject(new Error('no answer in time'));
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      socket.on('error', reject);
      socket.on('message', (message) => {
        const answer = answerOf(message, id);
        if (answer !== null) resolve(answer);
      });
      // Connected, so that nobody else's datagram counts and an unreachable port is an error.
      socket.connect(port, host, () => {
        const questions = [{ type: 'A' as const, class: 'IN' as const, name }];
        socket.send(encode({ type: 'query', id, flags: RECURSION_DESIRED, questions }));
      });
    });
  } finally {
    socket.close();
  }
}

function answerOf(message: Buffer, id: number): ProbeAnswer | null {
  try {
    const { type, id: answered, answers = [] } = decode(message);
    if (type !== 'response' || answered !== id) return null;
    return { kind: answers.length > 0 ? 'passed' : 'denied', detail: `${answers.length} records` };
  } catch {
    return null;
  }
}

function noAnswer(cause: string): ProbeAnswer {
  return { kind: 'no-answer', problem: problem('filter-no-answer', {}, { cause }) };
}
