import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** scrypt with N = 2^15, r = 8, p = 3: 32 MiB each, one of OWASP's equivalent minimums (Password Storage Cheat Sheet). */
const COST = { N: 2 ** 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** Longer ones are rejected without hashing them. */
export const MAX_PASSWORD_LENGTH = 1024;

/** @returns `scrypt$N$r$p$salt$key`; the cost is part of it, so that it can be raised later */
export async function hashPassword(password: string, random: (bytes: number) => Buffer): Promise<string> {
  const salt = random(SALT_BYTES);
  const key = await derive(password, salt, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt = '', key = ''] = stored.split('$');
  if (scheme !== 'scrypt') return false;
  const expected = Buffer.from(key, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt, 'base64url'), cost);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/**
 * Four groups of five characters, easy to read out and type, from an alphabet without look-alikes: 99 bits.
 * Bytes that would favour some characters are dropped.
 */
export function generatePassword(random: (bytes: number) => Buffer): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  const unbiased = 256 - (256 % alphabet.length);
  let characters = '';
  while (characters.length < 20) {
    for (const byte of random(32)) {
      if (byte < unbiased && characters.length < 20) characters += alphabet[byte % alphabet.length];
    }
  }
  return (characters.match(/.{5}/g) ?? []).join('-');
}

function derive(password: string, salt: Buffer, cost: ScryptOptions): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // NFKC: two keyboards may send the same password as different code points (RFC 8265 section 4.2).
  scrypt(password.normalize('NFKC'), salt, KEY_BYTES, { ...cost, maxmem: 256 * 1024 * 1024 }, (error, key) =>
    error === null ? resolve(key) : reject(error),
  );
  return promise;
}
