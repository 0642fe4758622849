import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { ReceiptKey } from '../../../shared/schemas/receipt.ts';
import { createFileAtomic, writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import { readRegularFile } from '../read-regular-file.ts';
import type { ReadMachineId } from './machine-id.ts';

/** By what the receipts of a gateway are known. */
export interface GatewayIdentity {
  /** RFC 7638 thumbprint of the key. */
  readonly jkt: string;
  /** A UUID of the key on this machine: on another machine the same key has another one. */
  readonly machineId: string;
  readonly publicKey: ReceiptKey;
  readonly key: KeyObject;
}

export interface OpenedIdentity {
  /** null where its file cannot be used: nobody then takes this gateway for another one, or for a new one. */
  identity: GatewayIdentity | null;
  /** What a person is told of it. */
  problem: Problem | null;
}

const StoredIdentity = z.strictObject({
  version: z.literal(1),
  seed: z.uuid(),
  /** Of the seed and the machine on which it was made (`machineIdOf`). */
  machineId: z.uuid(),
  key: ReceiptKey.extend({ d: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }),
});
type StoredIdentity = z.infer<typeof StoredIdentity>;

const MAX_BYTES = 16 * 1024;

export interface IdentityParts {
  /** The gateway's state folder. */
  folder: string;
  /** Whose file it has to be, but for root's; undefined on Windows, where the folder's access list decides. */
  uid: number | undefined;
  /** Whom this process will become: the file is to be theirs. */
  user: { uid: number; gid: number } | null;
  readMachineId: ReadMachineId;
}

/**
 * The identity in the state folder, made where there is none. One that is damaged, or that others could have read, is not used and not
 * replaced: a machine must not become another one without anybody noticing. One that was made on another machine is replaced at once,
 * because two machines must not have the same.
 *
 * Never rejects: a wall without identity is still a wall.
 */
export async function openIdentity({ folder, uid, user, readMachineId }: IdentityParts): Promise<OpenedIdentity> {
  const file = join(folder, 'identity.json');
  const machine = await readMachineId();
  const damaged = (cause: string): OpenedIdentity => ({
    identity: null,
    problem: problem('identity-damaged', { file }, { cause }),
  });
  const read = async (): Promise<StoredIdentity | OpenedIdentity | null> => {
    const found = await readRegularFile(file, MAX_BYTES, uid);
    if (found.kind === 'absent') return null;
    if (found.kind === 'refused') return damaged(found.cause);
    if (uid !== undefined && (found.mode & 0o077) !== 0) {
      return damaged(`${file} is readable by others: mode ${(found.mode & 0o7777).toString(8)}`);
    }
    return parseIdentity(found.bytes) ?? damaged(`${file} is not a key that this gateway made`);
  };
  try {
    let stored = await read();
    if (stored === null) {
      // Another gateway may be starting on the same folder: whoever was first made it.
      await createFileAtomic(file, textOf(newIdentity(machine)));
      if (user !== null) await chown(file, user.uid, user.gid);
      stored = await read();
    }
    if (stored === null) return damaged(`${file} is gone as soon as it is written`);
    if (!('version' in stored)) return stored;
    const replaceBy = async (next: StoredIdentity): Promise<void> => {
      await writeFileAtomic(file, textOf(next));
      if (user !== null) await chown(file, user.uid, user.gid);
    };
    const machineId = machineIdOf(stored.seed, machine);
    if (machine === null || stored.machineId === machineId)
      return { identity: await identityOf(stored), problem: null };
    if (stored.machineId === machineIdOf(stored.seed, null)) {
      const now = { ...stored, machineId };
      await replaceBy(now);
      return { identity: await identityOf(now), problem: null };
    }
    const replacement = newIdentity(machine);
    await replaceBy(replacement);
    return { identity: await identityOf(replacement), problem: problem('identity-copied') };
  } catch (error) {
    if (error instanceof ProblemError) return { identity: null, problem: error.problem };
    return damaged(error instanceof Error ? error.message : String(error));
  }
}

function newIdentity(machine: string | null): StoredIdentity {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '', d = '' } = privateKey.export({ format: 'jwk' });
  const seed = randomUUID();
  return {
    version: 1,
    seed,
    machineId: machineIdOf(seed, machine),
    key: { kty: 'EC', crv: 'P-256', x, y, d },
  };
}

/**
 * Another one on each machine, also for the same seed: a key that somebody carries to another machine shows itself by it. machine-id(5) asks
 * for a hash that an application keys; the seed stays in the file, so that nobody can tell the machine from it.
 *
 * @returns a UUID (RFC 9562, version 8)
 */
function machineIdOf(seed: string, machine: string | null): string {
  const hash = createHash('sha256')
    .update(`portcullis gateway\0${seed}\0${machine ?? ''}`)
    .digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

function parseIdentity(bytes: Buffer): StoredIdentity | null {
  try {
    const parsed = StoredIdentity.parse(JSON.parse(bytes.toString('utf8')));
    // Halves of different keys sign what nobody can verify.
    const { d: _private, ...publicKey } = parsed.key;
    const probe = Buffer.from('portcullis');
    const signature = sign('sha256', probe, createPrivateKey({ format: 'jwk', key: parsed.key }));
    return verify('sha256', probe, { format: 'jwk', key: publicKey }, signature) ? parsed : null;
  } catch {
    return null;
  }
}

async function identityOf({ key, machineId }: StoredIdentity): Promise<GatewayIdentity> {
  const { d: _private, ...publicKey } = key;
  return {
    jkt: await calculateJwkThumbprint(publicKey, 'sha256'),
    machineId,
    publicKey,
    key: createPrivateKey({ format: 'jwk', key }),
  };
}

function textOf(identity: StoredIdentity): string {
  return `${JSON.stringify(identity)}\n`;
}
