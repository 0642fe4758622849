import type { Socket } from 'node:net';
import type { SocketReader } from './socket-reader.ts';

/** Another proxy by which alone the outside is reached. */
export interface UpstreamProxy {
  host: string;
  port: number;
  /** Domains that are reached without it, with all that is below them. */
  except: readonly string[];
  /** The value of `Proxy-Authorization`, a secret; null where the proxy wants none. */
  authorization: string | null;
}

/**
 * What an upstream proxy's refusal means for the client that is to go through it.
 *
 * @param challenge the value of `Proxy-Authenticate`, the proxy's own words; of several, joined by commas
 * @param isSent whether this gateway has sent credentials
 */
export function proxyRefusal(status: string, challenge: string, isSent: boolean): Error {
  if (status !== '407') return new Error(`the upstream proxy answered ${status}`);
  // RFC 9110 section 15.5.8. The engine has no part in this: it must not be asked for a password.
  const schemes = SCHEMES.filter((scheme) => new RegExp(`(^|[,\\s])${scheme}([,\\s]|$)`, 'i').test(challenge));
  if (schemes.length > 0 && !schemes.includes('Basic')) {
    return new Error(`the upstream proxy wants ${schemes.join(' or ')}, this gateway supports Basic only (407)`);
  }
  if (isSent) return new Error('the upstream proxy did not accept the credentials of this gateway (407)');
  return new Error('the upstream proxy wants credentials, and none are configured (407)');
}

/** Those that proxies offer (https://www.iana.org/assignments/http-authschemes); no word of the proxy's own is repeated. */
const SCHEMES = ['Basic', 'Digest', 'Negotiate', 'NTLM', 'Bearer'] as const;

const MAX_HEAD_BYTES = 16 * 1024;

export function isReachedThrough(proxy: UpstreamProxy | null, host: string): proxy is UpstreamProxy {
  return proxy !== null && !proxy.except.some((domain) => host === domain || host.endsWith(`.${domain}`));
}

/**
 * Asks the proxy at the other end of `socket`, which is connecting, for a tunnel (RFC 9110 section 9.3.6). Errors of the
 * socket itself stay with whoever opened it.
 *
 * @param headers further header lines
 * @param isSent whether credentials are among them
 * @param done called once: with what came behind the answer's head, or with what the proxy said instead.
 */
export function askForTunnel(
  socket: Socket,
  reader: SocketReader,
  target: string,
  headers: readonly string[],
  isSent: boolean,
  done: (answer: { kind: 'open'; rest: Buffer } | { kind: 'refused'; error: Error }) => void,
): void {
  let head = Buffer.alloc(0);
  let answered = false;
  const finish = (answer: Parameters<typeof done>[0]): void => {
    if (answered) return;
    answered = true;
    done(answer);
  };
  socket.once('connect', () => {
    socket.write(`CONNECT ${target} HTTP/1.1\r\n${[`Host: ${target}`, ...headers].join('\r\n')}\r\n\r\n`);
  });
  socket.once('end', () => finish({ kind: 'refused', error: new Error('the upstream proxy did not answer') }));
  reader.flowTo((chunk) => {
    // A copy: the chunk's memory is read into again.
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    const status = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head.toString('latin1', 0, 64))?.[1];
    if (end === -1 && head.length <= MAX_HEAD_BYTES) return true;
    if (end !== -1 && status?.startsWith('2')) finish({ kind: 'open', rest: head.subarray(end + 4) });
    else
      finish({
        kind: 'refused',
        error: status === undefined ? notHttp() : proxyRefusal(status, challengesIn(head), isSent),
      });
    return true;
  });
}

function challengesIn(head: Buffer): string {
  return [...head.toString('latin1').matchAll(/^proxy-authenticate:(.*)$/gim)]
    .map(([, value]) => value?.trim())
    .join(', ');
}

function notHttp(): Error {
  return new Error('the upstream proxy did not answer in HTTP');
}
