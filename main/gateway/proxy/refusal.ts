import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Every answer of the proxy's own but "200 Connection established": its words, and how they are sent. */
export interface Refusal {
  status: number;
  phrase: string;
  body: string;
}

/** A refused client may still be sending; closing at once would reset the connection before it has read why. */
const LINGER_MS = 2_000;

/** @param sentence see denial-sentence.ts. */
export function denied(sentence: string): Refusal {
  return refusal(403, sentence);
}

export function probeDenied(host: string): Refusal {
  return refusal(403, `${host} is a test name and always blocked.`);
}

/** To the gateway's own machine, or to what only that machine can reach. */
export function leadsBack(host: string): Refusal {
  return refusal(403, `${host} is blocked: it leads back to the gateway's own machine.`);
}

/** @param address of this machine, where something may listen that is listed by this address */
function leadsHere(host: string, address: string): Refusal {
  const sentence = `${host} is blocked: it leads back to the gateway's own machine, ${address}.`;
  return refusal(403, `${sentence} To allow it, have it listed by that address.`);
}

export function looped(host: string): Refusal {
  return refusal(508, `${host} could not be reached: the request came back to this proxy.`);
}

export function unreachable(host: string, error: Refused): Refusal {
  if (error.code === FORBIDDEN) return error.address === undefined ? leadsBack(host) : leadsHere(host, error.address);
  if (error.code === 'ENOTFOUND') {
    return refusal(502, `${host} is allowed, but DNS has no address for it. Check your network or VPN.`);
  }
  if (error.code === 'EPROXYNAME') {
    return refusal(
      502,
      `${host} is allowed, but the upstream proxy's address could not be found (DNS). Check your network.`,
    );
  }
  if (error.code === 'EAI_AGAIN') {
    return refusal(
      502,
      `${host} is allowed, but no DNS server answered when asked for its address. Check your network.`,
    );
  }
  return refusal(502, `${host} is allowed, but could not be reached: ${error.code ?? error.message}.`);
}

export const badConnect = refusal(400, 'CONNECT needs a host and a port.');
export const badRequest = refusal(
  400,
  'This is the registry proxy of Portcullis. It accepts CONNECT and absolute http:// requests.',
);
export const traceRefused = refusal(501, 'TRACE is not supported.');
export const codingRefused = refusal(501, 'Transfer codings other than chunked are not supported.');
export const tooManyRequests = refusal(503, 'Too many requests at once on one connection.');

const FORBIDDEN = 'EFORBIDDEN';
const LATE_HEAD = 'ELATEHEAD';

/**
 * The error that `unreachable` answers with `leadsBack`.
 * @param address where it is one that may be listed
 */
export function forbiddenTarget(address?: string): Refused {
  return Object.assign(new Error('leads back to this machine'), { code: FORBIDDEN, ...(address ? { address } : {}) });
}

type Refused = NodeJS.ErrnoException & { address?: string };

export function timedOut(): Error {
  return new Error('no answer in time');
}

/** Sends a refusal on a connection that Node's HTTP server has given away. */
export function sendRefusal(client: Duplex, { status, phrase, body }: Refusal): void {
  if (!client.writable) {
    client.destroy();
    return;
  }
  endWith(
    client,
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

export function respondWith(response: ServerResponse, { status, phrase, body }: Refusal): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, phrase, { 'content-type': 'application/json', connection: 'close' });
  response.end(body);
}

/** A request whose head does not come. */
export function lateHead(): NodeJS.ErrnoException {
  return Object.assign(new Error('no whole head in time'), { code: LATE_HEAD });
}

/** For what is no request: a status and no more. @param code of what Node's parser rejects (`clientError`), or of `lateHead` */
export function sendParserRefusal(client: Duplex, code: string | undefined): void {
  endWith(client, `HTTP/1.1 ${parserStatus(code)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function parserStatus(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  return code === LATE_HEAD ? '408 Request Timeout' : '400 Bad Request';
}

/** A text that may be sent as a reason phrase. */
export function asPhrase(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}

/** The registry's error format with a code that the Docker CLI prints as it is; `DENIED` would read as "login needed". */
function refusal(status: number, sentence: string): Refusal {
  const phrase = asPhrase(sentence);
  const error = { code: status === 403 ? 'UNSUPPORTED' : 'UNAVAILABLE', message: phrase };
  return { status, phrase, body: `${JSON.stringify({ errors: [error] })}\n` };
}

function endWith(socket: Duplex, text: string): void {
  socket.end(text);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.on('close', () => clearTimeout(timer));
}
