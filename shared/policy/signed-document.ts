import { importJWK } from 'jose';
import { z } from 'zod';
import { failure, type Problem, type Result, success } from '../problems/problem.ts';
import { decodeBase64url } from './base64url.ts';
import { hex, sha256 } from './content-digest.ts';
import { algorithmOf, type PolicyKey, type PolicyKeys } from './keys.ts';

/** One of our documents: what it is called in codes and sentences, its `typ`, and the most bytes it may have. */
export interface DocumentKind {
  code: 'policy' | 'membership' | 'keys';
  noun: string;
  typ: string;
  maxBytes: number;
}

export interface SignedDocument {
  /** What was signed, read as JSON; null where it is none. */
  json: unknown;
  key: PolicyKey;
  /** SHA-256 of the document, lower-case hex. */
  digest: string;
}

/** A header longer than this is none of ours; what follows is then not even looked at. */
const MAX_HEADER = 4096;
const DOT = 0x2e;

const Header = z.looseObject({
  alg: z.string().max(64),
  kid: z.string().min(1).max(256),
  typ: z.string().max(128),
});
/**
 * Members by which a document would choose its own key or change what is signed (RFC 7515 section 4.1, RFC 7797): nothing that
 * our hub writes, and everything that an attacker wants (RFC 8725 section 3.10).
 */
const REFUSED_MEMBERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'];

/**
 * Opens a compact JWS (RFC 7515 section 7.1) whose key must be one of `keys` and sign for one of `organizations` (null: any that
 * the key names). What does not begin like one of our documents is refused on its length and header, before the rest is touched;
 * nothing of the payload is decoded before the signature is good. Peak memory is about twice the document's size.
 */
export async function openSignedDocument(
  kind: DocumentKind,
  document: string | Uint8Array,
  keys: PolicyKeys,
  organizations: readonly string[] | null,
): Promise<Result<SignedDocument>> {
  const no = (what: string, message: string, next: string, cause?: string) =>
    failure(problem(`${kind.code}-${what}`, message, next, cause));
  const askHub = 'Check the address of the server, and what answers there.';

  if (document.length > kind.maxBytes) {
    const sizes = `${document.length} bytes; ${kind.maxBytes} are the most`;
    return no(
      'too-large',
      `The ${kind.noun} is too large.`,
      'Shorten the list; *.example.com covers many hosts.',
      sizes,
    );
  }
  const head = typeof document === 'string' ? ascii(document.slice(0, MAX_HEADER)) : document.subarray(0, MAX_HEADER);
  const headerEnd = head.indexOf(DOT);
  const headerBytes = headerEnd > 0 ? decodeBase64url(head.subarray(0, headerEnd)) : null;
  const parsed = headerBytes === null ? null : parseJson(headerBytes);
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) {
    return no('garbage', `What was received is no ${kind.noun}.`, askHub, shown(head));
  }
  const header = Header.safeParse(parsed);
  if (!header.success) {
    return no('header', `The ${kind.noun}'s header lacks alg, kid or typ.`, askHub, firstIssue(header.error));
  }
  const refused = REFUSED_MEMBERS.find((member) => Object.hasOwn(parsed, member));
  if (refused !== undefined) {
    return no('header', `The ${kind.noun}'s header has the member "${refused}", which is never accepted.`, askHub);
  }
  const { alg, kid, typ } = header.data;
  if (typ !== kind.typ) {
    return no('header', `The document is no ${kind.noun}.`, askHub, `typ is ${quote(typ)}, expected "${kind.typ}"`);
  }
  if (alg !== 'EdDSA' && alg !== 'ES256') {
    const cause = `alg is ${quote(alg)}, expected EdDSA or ES256`;
    return no('algorithm', `The ${kind.noun} is signed by an algorithm that is not accepted.`, askHub, cause);
  }

  const pin = 'Compare policyKeys in portcullis.json with the keys of the server.';
  const named = keys.keys.filter((key) => key.kid === kid);
  if (named.length === 0) {
    return no(
      'key-unknown',
      `The ${kind.noun} is signed by a key that is not pinned here.`,
      pin,
      `kid is ${quote(kid)}`,
    );
  }
  const suiting = named.filter(
    (key) => organizations === null || key.organizations.some((org) => organizations.includes(org)),
  );
  if (suiting.length === 0) {
    const cause = `key ${quote(kid)} signs for ${named.flatMap((key) => key.organizations).join(', ')}`.slice(0, 900);
    return no('key-organization', `The ${kind.noun}'s key does not sign for this organization.`, pin, cause);
  }
  const candidates = suiting.filter((key) => algorithmOf(key) === alg);
  if (candidates.length === 0) {
    const cause = `alg is ${alg}, key ${quote(kid)} is good for ${suiting.map(algorithmOf).join(', ')}`;
    return no('algorithm', `The ${kind.noun} is signed by another algorithm than its key's.`, askHub, cause);
  }

  const bytes = trimEnd(typeof document === 'string' ? ascii(document) : document);
  const payloadEnd = bytes.lastIndexOf(DOT);
  const signature = payloadEnd > headerEnd ? decodeBase64url(bytes.subarray(payloadEnd + 1)) : null;
  if (signature === null || bytes.indexOf(DOT, headerEnd + 1) !== payloadEnd) {
    return no('garbage', `The ${kind.noun} is cut off or damaged.`, askHub, 'not three parts of base64url');
  }
  const signed = bytes.subarray(0, payloadEnd);
  for (const key of candidates) {
    if (!(await verifies(key, signature, signed))) continue;
    const payload = decodeBase64url(bytes.subarray(headerEnd + 1, payloadEnd));
    if (payload === null) return no('garbage', `The ${kind.noun} is damaged.`, askHub, 'payload is not base64url');
    return success({ json: parseJson(payload), key, digest: hex(await sha256(bytes)) });
  }
  return no(
    'signature',
    `The ${kind.noun}'s signature is wrong.`,
    `${askHub} Nothing of it was used.`,
    `kid is ${quote(kid)}`,
  );
}

async function verifies(
  key: PolicyKey,
  signature: Uint8Array<ArrayBuffer>,
  signed: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  try {
    const { kty, crv, x, y } = key;
    const imported = await importJWK({ kty, crv, x, ...(y === undefined ? {} : { y }) }, algorithmOf(key));
    if (!(imported instanceof CryptoKey)) return false;
    const algorithm = algorithmOf(key) === 'EdDSA' ? { name: 'Ed25519' } : { name: 'ECDSA', hash: 'SHA-256' };
    return await crypto.subtle.verify(algorithm, imported, signature, signed);
  } catch {
    // A pinned key that is no point on its curve verifies nothing.
    return false;
  }
}

/** A file or an answer may end in a line feed; a document does not. */
function trimEnd(bytes: Uint8Array<ArrayBufferLike>): Uint8Array<ArrayBuffer> {
  let end = bytes.length;
  while (end > 0 && [0x20, 0x0a, 0x0d, 0x09].includes(bytes[end - 1] ?? 0)) end--;
  // Web Crypto takes no shared memory.
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, end)
    : new Uint8Array(bytes.subarray(0, end));
}

/** What is not ASCII becomes what is not base64url. */
function ascii(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return null;
  }
}

export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`.slice(0, 500);
}

export function problem(code: string, message: string, next: string, cause?: string): Problem {
  return {
    code,
    message: message.slice(0, 500),
    next,
    ...(cause === undefined ? {} : { cause: cause.slice(0, 1000) }),
  };
}

export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** How it begins: enough to recognize a login page or an error of a proxy. */
function shown(head: Uint8Array): string {
  const text = new TextDecoder().decode(head.subarray(0, 60)).replace(/[^\x20-\x7e]/g, '.');
  return `it begins with ${JSON.stringify(text)}`;
}
