import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import { algorithmOf, PolicyKey } from '../../shared/policy/keys.ts';
import { POLICY_TYP } from '../../shared/policy/schema.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import type { RunCommand } from '../platform/process/run-command.ts';

/** Who signs a policy, and the public key by which machines verify it. */
export interface PolicySigner {
  publicKey: PolicyKey;
  /** @param input the bytes to sign (RFC 7515 section 5.1). @returns 64 bytes. @throws ProblemError `sign-command-failed` */
  sign(input: Buffer): Promise<Buffer>;
}

export interface SigningOptions {
  /** A private key: PEM or JWK. */
  key?: string | undefined;
  /** Run by the shell; gets the bytes to sign on standard input, answers the signature on standard output. */
  signCommand?: string | undefined;
  /** The public key that belongs to `signCommand`: PEM, DER or JWK. */
  publicKey?: string | undefined;
  /** Names the key; its thumbprint (RFC 7638) if not given. */
  kid?: string | undefined;
}

/** A hardware module may wait for somebody to touch it. */
const COMMAND_TIMEOUT_MS = 120_000;
/** Of an Ed25519 signature (RFC 8032), and of an ES256 one (RFC 7518 section 3.4). */
const SIGNATURE_BYTES = 64;

/** @throws ProblemError `signing-key-unusable` */
export async function openSigner(
  options: SigningOptions,
  organizations: string[],
  run: RunCommand,
): Promise<PolicySigner> {
  const { key, signCommand, publicKey } = options;
  if (key !== undefined) {
    const privateKey = await readKey(key, 'private');
    const pinned = await pinnedKey(key, createPublicKey(privateKey), options.kid, organizations);
    return { publicKey: pinned, sign: async (input) => signWith(privateKey, algorithmOf(pinned), input) };
  }
  const pinned = await publicPolicyKey(publicKey ?? '', options.kid, organizations);
  return { publicKey: pinned, sign: (input) => signByCommand(signCommand ?? '', pinned, input, run) };
}

/** The public key in a file, as `policyKeys` pins it; of a private key, its public half. @throws ProblemError `signing-key-unusable` */
export async function publicPolicyKey(
  file: string,
  kid: string | undefined,
  organizations: string[],
): Promise<PolicyKey> {
  return pinnedKey(file, await readKey(file, 'public'), kid, organizations);
}

/** A compact JWS (RFC 7515 section 7.1). @throws ProblemError `sign-command-failed` */
export async function signedPolicy(claims: object, signer: PolicySigner): Promise<string> {
  const { kid } = signer.publicKey;
  const header = JSON.stringify({ alg: algorithmOf(signer.publicKey), kid, typ: POLICY_TYP });
  const input = `${Buffer.from(header).toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${input}.${(await signer.sign(Buffer.from(input))).toString('base64url')}`;
}

async function readKey(file: string, kind: 'private' | 'public'): Promise<KeyObject> {
  try {
    const bytes = await readFile(file);
    const jwk = z.record(z.string(), z.unknown()).safeParse(parseJson(bytes.toString('utf8'))).data;
    if (kind === 'private') return createPrivateKey(jwk === undefined ? bytes : { format: 'jwk', key: jwk });
    if (jwk !== undefined) return createPublicKey({ format: 'jwk', key: jwk });
    // What pkcs11-tool reads out of a module is DER.
    const isPem = bytes.includes('-----BEGIN');
    return createPublicKey(isPem ? bytes : { key: bytes, format: 'der', type: 'spki' });
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error));
  }
}

async function pinnedKey(
  file: string,
  key: KeyObject,
  kid: string | undefined,
  organizations: string[],
): Promise<PolicyKey> {
  const jwk = key.export({ format: 'jwk' });
  const named = parseJson(await readFile(file, 'utf8').catch(() => '')) as { kid?: unknown } | null;
  const name = kid ?? (typeof named?.kid === 'string' ? named.kid : await calculateJwkThumbprint(jwk).catch(() => ''));
  const parsed = PolicyKey.safeParse({ ...jwk, kid: name, organizations });
  if (!parsed.success) throw unusable(file, 'neither Ed25519 nor P-256');
  return parsed.data;
}

function signWith(key: KeyObject, alg: 'EdDSA' | 'ES256', input: Buffer): Buffer {
  return alg === 'EdDSA' ? sign(null, input, key) : sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
}

async function signByCommand(command: string, key: PolicyKey, input: Buffer, run: RunCommand): Promise<Buffer> {
  const shell = process.platform === 'win32' ? ['cmd.exe', '/d', '/s', '/c', command] : ['/bin/sh', '-c', command];
  const result = await run(shell, { input, timeout: COMMAND_TIMEOUT_MS, maxOutput: 64 * 1024 });
  if (result.kind === 'failed') throw failed(result.cause);
  if (result.code !== 0)
    throw failed(`exit code ${result.code}: ${result.stderr.toString('utf8').trim().slice(0, 300)}`);
  const candidates = readings(result.stdout, algorithmOf(key));
  // Machines would refuse it: better here than there.
  const good = candidates.find((signature) => isGood(key, input, signature));
  if (good === undefined) throw failed(`its ${result.stdout.length} bytes are no signature by the public key`);
  return good;
}

/** Raw, as the standards have it; base64 or hex text of that; for ES256 also in DER, as OpenSSL writes it. */
function readings(output: Buffer, alg: 'EdDSA' | 'ES256'): Buffer[] {
  const text = output.toString('latin1').trim();
  const encoded = [
    output,
    ...(/^[0-9a-f]+$/i.test(text) ? [Buffer.from(text, 'hex')] : []),
    ...(/^[A-Za-z0-9+/_=\s-]+$/.test(text) ? [Buffer.from(text, 'base64')] : []),
  ];
  const raw = encoded.filter(({ length }) => length === SIGNATURE_BYTES);
  return alg === 'ES256' ? [...raw, ...encoded.map(rawOfDer).filter((each) => each !== null)] : raw;
}

/** RFC 3279 section 2.2.3: SEQUENCE { r INTEGER, s INTEGER }. */
function rawOfDer(der: Buffer): Buffer | null {
  if (der[0] !== 0x30 || der.length > 80) return null;
  const numbers: Buffer[] = [];
  for (let at = 2; der[at] === 0x02 && numbers.length < 2; ) {
    const length = der[at + 1] ?? 0;
    const number = der.subarray(at + 2, at + 2 + length);
    if (length > 33 || number.length !== length) return null;
    numbers.push(Buffer.concat([Buffer.alloc(32), number]).subarray(-32));
    at += 2 + length;
  }
  return numbers.length === 2 ? Buffer.concat(numbers) : null;
}

function isGood(key: PolicyKey, input: Buffer, signature: Buffer): boolean {
  const { kty, crv, x, y } = key;
  const publicKey = createPublicKey({ format: 'jwk', key: { kty, crv, x, ...(y === undefined ? {} : { y }) } });
  return algorithmOf(key) === 'EdDSA'
    ? verify(null, input, publicKey, signature)
    : verify('sha256', input, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
}

function unusable(file: string, cause: string): ProblemError {
  return new ProblemError(problem('signing-key-unusable', { file }, { cause }));
}

function failed(cause: string): ProblemError {
  return new ProblemError(problem('sign-command-failed', {}, { cause }));
}
