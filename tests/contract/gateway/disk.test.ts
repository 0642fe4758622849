import { execFile } from 'node:child_process';
import { chmod, chown, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const run = promisify(execFile);
const isRoot = process.platform === 'linux' && process.geteuid?.() === 0;

/** Its state is on a disk of 512 KB, which nobody else sees and which is gone with it. */
describe.runIf(isRoot)('a gateway whose disk', () => {
  let gateway: TestGateway;
  /** The state folder as the gateway sees it, seen from here. */
  let inside: string;

  beforeEach(async () => {
    gateway = await startGateway({
      within: (command) => {
        // stateDir is made by the mount's script: the helper knows its place from the configuration file's folder.
        const state = join(command.at(-1) ?? '', '..', 'state');
        const script =
          'mkdir -p "$1" && mount -t tmpfs -o size=512k,mode=0700 portcullis-test "$1" && shift && exec "$@"';
        return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', state, ...command];
      },
    });
    inside = `/proc/${gateway.pid}/root${gateway.stateDir}`;
    await gateway.program({ revision: 1, registries: [{ address: 'ghcr.io' }] });
  });
  afterEach(() => gateway?.stop());

  const fill = async (): Promise<void> => {
    await writeFile(join(inside, 'filler'), Buffer.alloc(1024 * 1024)).catch(() => undefined);
    expect((await stat(join(inside, 'filler'))).size).toBeGreaterThan(100_000);
  };
  const remount = (how: 'ro' | 'rw'): Promise<unknown> =>
    run('nsenter', ['--target', String(gateway.pid), '--mount', 'mount', '-o', `remount,${how}`, gateway.stateDir]);

  it.each<[string, () => Promise<unknown>, () => Promise<unknown>]>([
    ['is full', fill, () => rm(join(inside, 'filler'))],
    ['has become read-only', () => remount('ro'), () => remount('rw')],
  ])(
    '%s keeps the last policy, obeys a lock, says so, and catches up when there is room',
    async (_how, spoil, mend) => {
      await spoil();
      await expect(gateway.program({ revision: 2, registries: [] })).rejects.toMatchObject({
        problem: { code: 'cannot-write' },
      });
      expect(await gateway.status()).toMatchObject({
        inForce: { kind: 'policy', revision: 1 },
        lastRefusal: { code: 'cannot-write', next: expect.stringMatching(/\w/) },
      });
      await expect(gateway.control.call('lock', { reason: 'sign-in-required' })).rejects.toMatchObject({
        problem: { code: 'cannot-write' },
      });
      expect(await gateway.status()).toMatchObject({
        inForce: { kind: 'deny', reason: 'sign-in-required' },
        problems: [{ code: 'cannot-write', next: expect.stringMatching(/\w/) }],
      });
      expect((await gateway.query('ghcr.io')).rcode).toBe('NXDOMAIN');
      await mend();
      await expect.poll(async () => (await gateway.status()).problems).toEqual([]);
      await gateway.program({ revision: 2, registries: [{ address: 'ghcr.io' }] });
      expect((await gateway.status()).inForce).toMatchObject({ kind: 'policy', revision: 2 });
    },
  );
});

describe.runIf(isRoot)('a gateway that starts', () => {
  let gateway: TestGateway;
  afterEach(() => gateway?.stop());

  const readOnly = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"';
  // What is in the folder, on a disk of its own that has no room left.
  const full =
    'mkdir "$1.disk" && mount -t tmpfs -o size=256k,mode=0700 portcullis-test "$1.disk" && cp -a "$1"/. "$1.disk"/ && ' +
    '{ head -c 1M /dev/zero > "$1.disk/filler" || true; } 2>/dev/null && mount --bind "$1.disk" "$1"';

  it.each([
    ['read-only', readOnly],
    ['full', full],
  ])('on a %s disk enforces what is there, obeys a lock, and says that it cannot write', async (_how, spoil) => {
    let isSpoilt = false;
    gateway = await startGateway({
      within: (command) => {
        const state = join(command.at(-1) ?? '', '..', 'state');
        const script = `${spoil} && shift && exec "$@"`;
        return isSpoilt
          ? ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', state, ...command]
          : command;
      },
    });
    await gateway.program({ revision: 3, registries: [{ address: 'ghcr.io' }] });
    await gateway.halt();
    isSpoilt = true;
    await gateway.start();
    expect(await gateway.status()).toMatchObject({
      inForce: { kind: 'policy', revision: 3 },
      problems: [{ code: 'cannot-write' }],
    });
    await expect(gateway.control.call('lock', { reason: 'no-policy' })).rejects.toMatchObject({
      problem: { code: 'cannot-write' },
    });
    expect(await gateway.status()).toMatchObject({
      inForce: { kind: 'deny', reason: 'no-policy' },
      problems: [{ code: 'cannot-write', next: expect.stringMatching(/\w/) }],
    });
  });

  it('with a folder that belongs to somebody else does not, and says how to mend it', async () => {
    gateway = await startGateway();
    await gateway.halt();
    await chown(gateway.stateDir, 65534, 65534);
    await expect(gateway.start()).rejects.toThrow(/Other users can write to .*owner 65534.*chown 0 /s);
    await expect(gateway.query('ghcr.io')).rejects.toThrow();
  });

  const policyFile = async (stateDir: string): Promise<string> =>
    (await readdir(stateDir)).find((name) => name.endsWith('.jws')) ?? 'none';
  it.each<[string, string, (stateDir: string) => Promise<unknown>]>([
    ['a state that belongs to somebody else', 'state-damaged', (dir) => chown(join(dir, 'state.json'), 65534, 65534)],
    ['a state that others may write', 'state-damaged', (dir) => chmod(join(dir, 'state.json'), 0o666)],
    [
      'a state that is a link',
      'state-damaged',
      async (dir) => {
        await rename(join(dir, 'state.json'), join(dir, 'elsewhere'));
        await symlink(join(dir, 'elsewhere'), join(dir, 'state.json'));
      },
    ],
    [
      'a policy that belongs to somebody else',
      'policy-unreadable',
      async (dir) => chown(join(dir, await policyFile(dir)), 65534, 65534),
    ],
    ['a policy that is gone', 'policy-unreadable', async (dir) => rm(join(dir, await policyFile(dir)))],
  ])('with %s takes nothing from it, and says so', async (_what, code, spoil) => {
    gateway = await startGateway();
    await gateway.program({ revision: 3, registries: [{ address: 'ghcr.io' }] });
    const { generation } = await gateway.status();
    await gateway.halt();
    await spoil(gateway.stateDir);
    await gateway.start();
    const status = await gateway.status();
    expect(status).toMatchObject({
      inForce: { kind: 'deny', reason: 'policy-invalid' },
      problems: [{ code, next: expect.stringMatching(/\w/) }],
    });
    expect(status.generation).toBeGreaterThan(generation);
    expect((await gateway.query('ghcr.io')).rcode).toBe('NXDOMAIN');
    expect((await gateway.connect('ghcr.io:443')).status).toBe(403);
    await gateway.program({ revision: 3, registries: [{ address: 'ghcr.io' }] });
    expect(await gateway.status()).toMatchObject({ inForce: { kind: 'policy', revision: 3 }, problems: [] });
  });
});
