import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Crockford's base32, without the letters that are taken for others. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 25;
const GROUP = 5;

/** What a proof is bound to, so that it is of no use to another key, hub or organization. */
export interface ProofScope {
  /** The thumbprint of the gateway's key (RFC 7638). */
  jkt: string;
  /** The hub's issuer. */
  aud: string;
  org: string;
}

/**
 * A one-time code by which a machine is enrolled: `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`, 125 bits. Root puts it into a file on the machine. It never
 * leaves it, because what the gateway sends passes through the user's agent: the gateway proves that it knows the code.
 */
export function makeCode(random: (bytes: number) => Uint8Array): string {
  const letters = [...random(LENGTH)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return letters.match(new RegExp(`.{${GROUP}}`, 'g'))?.join('-') ?? letters;
}

/** As typed or pasted: case, white space and dashes do not matter. @returns null where it is no code */
export function normalizeCode(text: string): string | null {
  const letters = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const isCode = letters.length === LENGTH && [...letters].every((letter) => ALPHABET.includes(letter));
  return isCode ? letters : null;
}

/** By which the hub finds a code, and from which nobody can tell it. @param code normalized */
export function codeId(code: string): string {
  return createHash('sha256').update(`portcullis enrolment id ${code}`).digest('base64url').slice(0, 22);
}

/** What the hub keeps of a code in its place. @param code normalized */
export function codeKey(code: string): string {
  return createHash('sha256').update(`portcullis enrolment key ${code}`).digest('base64url');
}

/** What the gateway puts into its receipt. @param code normalized */
export function codeProof(code: string, scope: ProofScope): string {
  return proofOf(codeKey(code), scope);
}

/** @param key `codeKey`, as the hub keeps it */
export function isProofOf(key: string, scope: ProofScope, proof: string): boolean {
  const [given, expected] = [proof, proofOf(key, scope)].map((text) => createHash('sha256').update(text).digest());
  return given !== undefined && expected !== undefined && timingSafeEqual(given, expected);
}

function proofOf(key: string, { jkt, aud, org }: ProofScope): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([jkt, aud, org]))
    .digest('base64url');
}
