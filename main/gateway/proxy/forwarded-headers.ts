/** Which headers pass the proxy (RFC 9110 section 7.6). Headers are raw name-value pairs, in the order and spelling they came in. */

/** RFC 9110 section 7.6.1, and the two that clients send although no standard names them. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** As Node gives them: values of lists are joined by commas. */
export interface HopHeaders {
  connection?: string | undefined;
  via?: string | undefined;
  'transfer-encoding'?: string | undefined;
}

/** @param authority replaces `Host`, whatever it says (RFC 9112 section 3.2.2): else one host could be decided on and another asked. */
export function requestHeaders(
  raw: readonly string[],
  headers: HopHeaders,
  authority: string,
  pseudonym: string,
): string[] {
  const passed = endToEnd(raw, headers.connection, ['host', 'expect']);
  const isChunked = headers['transfer-encoding'] !== undefined;
  return ['Host', authority, ...passed, 'Via', via(pseudonym), ...(isChunked ? ['Transfer-Encoding', 'chunked'] : [])];
}

export function responseHeaders(raw: readonly string[], headers: HopHeaders, pseudonym: string): string[] {
  return [...endToEnd(raw, headers.connection), 'Via', via(pseudonym)];
}

/** `Via` of a tunnel that is asked of another proxy: with those that the request has passed already. */
export function tunnelVia(earlier: string | undefined, pseudonym: string): string {
  return earlier === undefined ? via(pseudonym) : `${earlier}, ${via(pseudonym)}`;
}

export function hasPassed(earlier: string | undefined, pseudonym: string): boolean {
  return (earlier ?? '').split(',').some((entry) => entry.trim().split(/\s+/)[1] === pseudonym);
}

/** RFC 9112 section 6.1: a coding that this proxy does not know it can neither undo nor, as it ends here, leave as it is. */
export function hasUnknownCoding(headers: HopHeaders): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && coding.trim().toLowerCase() !== 'chunked';
}

function via(pseudonym: string): string {
  return `1.1 ${pseudonym}`;
}

/** Without the headers that end at this hop, those that `Connection` names, and `dropped`. */
function endToEnd(raw: readonly string[], connection: string | undefined, dropped: readonly string[] = []): string[] {
  const named = new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  // Without its length a body would be read differently by the next server.
  named.delete('content-length');
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !named.has(lower) && !dropped.includes(lower)) kept.push(name, raw[i + 1] as string);
  }
  return kept;
}
