import { importJWK } from 'jose';
import { z } from 'zod';
import { printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import { failure, type Result, success } from '../problems/problem.ts';
import { decodeBase64url } from './base64url.ts';
import { hex, sha256 } from './content-digest.ts';
import { algorithmOf, type PolicyKey, type PolicyKeys } from './keys.ts';

/** A kind of signed document: the prefix of its problems' codes, its `typ`, and the most bytes it may have. */
export interface DocumentKind {
  code: 'policy' | 'membership' | 'keys';
  typ: string;
  maxBytes: number;
}

export interface SignedDocument {
  /** What was signed, decoded; whether it is JSON, `parseJson` says. */
  payload: Uint8Array<ArrayBuffer>;
  key: PolicyKey;
  /** SHA-256 of the document, lower-case hex. */
  digest: string;
}

/** A longer header is not ours, so the rest is not even read. */
const MAX_HEADER = 4096;
const DOT = 0x2e;

const Header = z.looseObject({
  alg: z.string().max(64),
  kid: z.string().min(1).max(256),
  typ: z.string().max(128),
});
/**
 * Members by which a document would choose its own key or change what is signed (RFC 7515 section 4.1, RFC 7797). Our hub writes
 * none of them, and an attacker wants them all (RFC 8725 section 3.10).
 */
const FORBIDDEN_MEMBERS = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'];

/**
 * Opens a compact JWS (RFC 7515 section 7.1) whose key must be one of `keys` and sign for one of `organizations` (null: any that
 * the key names). What does not begin like one of our documents is rejected by its length and header, before the rest is read;
 * the payload is decoded only after its signature is verified. Peak memory is about twice the document's size.
 */
export async function openSignedDocument(
  kind: DocumentKind,
  document: string | Uint8Array,
  keys: PolicyKeys,
  organizations: readonly string[] | null,
): Promise<Result<SignedDocument>> {
  const { code } = kind;
  const bad = (
    what: 'garbage' | 'header' | 'algorithm' | 'key-unknown' | 'key-organization' | 'signature',
    cause: string,
  ) => failure(problem(`${code}-${what}`, {}, { cause }));

  if (document.length > kind.maxBytes) {
    return failure(problem(`${code}-too-large`, { maximum: kind.maxBytes }, { cause: `${document.length} bytes` }));
  }
  const head = typeof document === 'string' ? ascii(document.slice(0, MAX_HEADER)) : document.subarray(0, MAX_HEADER);
  const headerEnd = head.indexOf(DOT);
  const headerBytes = headerEnd > 0 ? decodeBase64url(head.subarray(0, headerEnd)) : null;
  const parsed = headerBytes === null ? null : parseJson(headerBytes);
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) return bad('garbage', beginningOf(head));
  const header = Header.safeParse(parsed);
  if (!header.success) return bad('header', firstIssue(header.error));
  const forbidden = FORBIDDEN_MEMBERS.find((member) => Object.hasOwn(parsed, member));
  if (forbidden !== undefined) return bad('header', `the member "${forbidden}" is never accepted`);
  const { alg, kid, typ } = header.data;
  if (typ !== kind.typ) return bad('header', `typ is "${printable(typ)}", expected "${kind.typ}"`);
  if (alg !== 'EdDSA' && alg !== 'ES256')
    return bad('algorithm', `alg is "${printable(alg)}", expected EdDSA or ES256`);

  const named = keys.keys.filter((key) => key.kid === kid);
  if (named.length === 0) return bad('key-unknown', `kid is "${printable(kid)}"`);
  const allowed = named.filter(
    (key) => organizations === null || key.organizations.some((org) => organizations.includes(org)),
  );
  if (allowed.length === 0) {
    return bad(
      'key-organization',
      `key "${printable(kid)}" signs for ${named.flatMap((key) => key.organizations).join(', ')}`,
    );
  }
  const candidates = allowed.filter((key) => algorithmOf(key) === alg);
  if (candidates.length === 0) {
    return bad('algorithm', `alg is ${alg}, key "${printable(kid)}" is for ${allowed.map(algorithmOf).join(', ')}`);
  }

  const bytes = trimEnd(typeof document === 'string' ? ascii(document) : document);
  const payloadEnd = bytes.lastIndexOf(DOT);
  const signature = payloadEnd > headerEnd ? decodeBase64url(bytes.subarray(payloadEnd + 1)) : null;
  if (signature === null || bytes.indexOf(DOT, headerEnd + 1) !== payloadEnd) {
    return bad('garbage', 'not three parts of base64url');
  }
  const signed = bytes.subarray(0, payloadEnd);
  for (const key of candidates) {
    if (!(await verifies(key, signature, signed))) continue;
    // Elsewhere, while the payload is decoded here.
    const digest = sha256(bytes);
    const payload = decodeBase64url(bytes.subarray(headerEnd + 1, payloadEnd));
    if (payload === null) return bad('garbage', 'the payload is not base64url');
    return success({ payload, key, digest: hex(await digest) });
  }
  return bad('signature', `kid is "${printable(kid)}"`);
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
    // A pinned key that is not a point on its curve verifies nothing.
    return false;
  }
}

/** A file or response may end with a line feed; a document does not. */
function trimEnd(bytes: Uint8Array<ArrayBufferLike>): Uint8Array<ArrayBuffer> {
  let end = bytes.length;
  while (end > 0 && [0x20, 0x0a, 0x0d, 0x09].includes(bytes[end - 1] ?? 0)) end--;
  // Web Crypto does not accept shared memory.
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, end)
    : new Uint8Array(bytes.subarray(0, end));
}

/** Anything but ASCII becomes bytes that are not base64url. */
function ascii(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A byte order mark stays. @throws TypeError where it is not UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** null where it is not JSON in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch {
    return null;
  }
}

export function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`.slice(0, 500);
}

/** Enough to recognize a login page or a proxy's error. */
function beginningOf(head: Uint8Array): string {
  const text = new TextDecoder().decode(head.subarray(0, 60)).replace(/[^\x20-\x7e]/g, '.');
  return `it begins with ${JSON.stringify(text)}`;
}
