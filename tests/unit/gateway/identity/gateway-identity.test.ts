import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenedIdentity, openIdentity } from '../../../../main/gateway/identity/gateway-identity.ts';

const HERE = '0123456789abcdef0123456789abcdef';
const ELSEWHERE = 'fedcba9876543210fedcba9876543210';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-identity-'));
  file = join(folder, 'identity.json');
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

function open(machine: string | null = HERE): Promise<OpenedIdentity> {
  return openIdentity({ folder, uid: process.getuid?.(), user: null, readMachineId: async () => machine });
}

async function stored(): Promise<Record<string, unknown> & { key: Record<string, string> }> {
  return JSON.parse(await readFile(file, 'utf8'));
}

describe('the identity of a gateway', () => {
  it('is made once, for nobody else to read, and is the same at each start', async () => {
    const first = await open();
    expect(first).toMatchObject({ problem: null, identity: { jkt: expect.stringMatching(/^[\w-]{43}$/) } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['identity.json']);
    const again = await open();
    expect(again.identity?.jkt).toBe(first.identity?.jkt);
    expect(again.identity?.machineId).toBe(first.identity?.machineId);
  });

  it('is named by the RFC 7638 thumbprint of its public key', async () => {
    const { identity } = await open();
    const { kty = '', crv = '', x = '', y = '' } = (await stored()).key;
    expect(identity?.jkt).toBe(await calculateJwkThumbprint({ kty, crv, x, y }));
    expect(identity?.publicKey).toEqual({ kty, crv, x, y });
  });

  it('does not disclose the id of the machine', async () => {
    await open();
    expect(await readFile(file, 'utf8')).not.toContain(HERE);
  });

  it('is one, also where two gateways start on the same folder at once', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => open()));
    expect(new Set(opened.map(({ identity }) => identity?.jkt)).size).toBe(1);
    expect(await readdir(folder)).toEqual(['identity.json']);
  });

  it.each([
    ['empty', async () => writeFile(file, '', { mode: 0o600 })],
    ['cut short', async () => writeFile(file, (await readFile(file, 'utf8')).slice(0, 150))],
    ['a key whose halves do not belong together', () => change({ d: 'A'.repeat(43) })],
    ['a key of which a part is missing', () => change({ d: undefined })],
    ['an unknown member', () => rewrite((value) => ({ ...value, extra: 1 }))],
    ['too large', () => rewrite((value) => ({ ...value, padding: 'x'.repeat(20_000) }))],
    ['readable by others', () => chmod(file, 0o640)],
    ['writable by others', () => chmod(file, 0o602)],
    ['a link', async () => rm(file).then(() => symlink('/dev/null', file))],
  ])('is not used and not replaced where its file is %s', async (_, damage) => {
    const before = await open();
    await damage();
    const content = await readFile(file, 'utf8').catch(() => 'unreadable');
    const after = await open();
    expect(after).toMatchObject({ identity: null, problem: { code: 'identity-damaged' } });
    expect(await readFile(file, 'utf8').catch(() => 'unreadable')).toBe(content);
    expect(JSON.stringify(after)).not.toContain(before.identity?.key.export({ format: 'jwk' }).d);
  });

  it('is a new one with another name where the state was copied from another machine, and says so once', async () => {
    const original = await open(HERE);
    const copy = await open(ELSEWHERE);
    expect(copy.problem).toMatchObject({ code: 'identity-copied' });
    expect(copy.identity?.jkt).not.toBe(original.identity?.jkt);
    expect(copy.identity?.machineId).not.toBe(original.identity?.machineId);
    expect(await open(ELSEWHERE)).toMatchObject({ problem: null, identity: { jkt: copy.identity?.jkt } });
  });

  it('is bound to the machine as soon as that has an id, and is kept where it has none', async () => {
    const unbound = await open(null);
    const bound = await open(HERE);
    expect(bound.identity?.jkt).toBe(unbound.identity?.jkt);
    expect((await open(null)).identity?.machineId).toBe(bound.identity?.machineId);
    expect((await open(ELSEWHERE)).problem).toMatchObject({ code: 'identity-copied' });
  });

  it('shows itself as another machine where root carries the key over and makes it fit', async () => {
    const original = await open(HERE);
    const other = join(folder, 'other');
    await mkdir(other, { mode: 0o700 });
    // What a gateway there would have made of the same seed.
    await rewrite((value) => ({ ...value, machineId: unboundId(String(value.seed)) }));
    await rename(file, join(other, 'identity.json'));
    const carried = await openIdentity({
      ...{ folder: other, uid: process.getuid?.(), user: null, readMachineId: async () => ELSEWHERE },
    });
    expect(carried.identity?.jkt).toBe(original.identity?.jkt);
    expect(carried.identity?.machineId).not.toBe(original.identity?.machineId);
  });

  it('is none where it cannot be written, and the gateway hears why', async () => {
    const missing = join(folder, 'missing');
    const opened = await openIdentity({ folder: missing, uid: undefined, user: null, readMachineId: async () => HERE });
    expect(opened).toMatchObject({ identity: null, problem: { code: 'cannot-write' } });
  });
});

/** As of a machine without an id. */
function unboundId(seed: string): string {
  const hash = createHash('sha256').update(`portcullis gateway\0${seed}\0`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  return hash
    .toString('hex')
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

async function rewrite(by: (value: Record<string, unknown>) => Record<string, unknown>): Promise<void> {
  await writeFile(file, JSON.stringify(by(await stored())));
}

function change(part: Record<string, string | undefined>): Promise<void> {
  return rewrite((value) => ({ ...value, key: { ...(value.key as object), ...part } }));
}
