import { execFile } from 'node:child_process';
import { chown, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../support/gateway.ts';

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
        lastRefusal: { code: 'cannot-write' },
      });
      await expect(gateway.control.call('lock', { reason: 'sign-in-required' })).rejects.toMatchObject({
        problem: { code: 'cannot-write' },
      });
      expect(await gateway.status()).toMatchObject({
        inForce: { kind: 'deny', reason: 'sign-in-required' },
        problems: [{ code: 'cannot-write' }],
      });
      expect((await gateway.query('ghcr.io')).rcode).toBe('NXDOMAIN');
      await mend();
      await expect.poll(async () => (await gateway.status()).problems, { timeout: 30_000 }).toEqual([]);
      await gateway.program({ revision: 2, registries: [{ address: 'ghcr.io' }] });
      expect((await gateway.status()).inForce).toMatchObject({ kind: 'policy', revision: 2 });
    },
  );
});

describe.runIf(isRoot)('a gateway that starts', () => {
  let gateway: TestGateway;
  afterEach(() => gateway?.stop());

  it('on a read-only disk enforces what is there, and says that it cannot write', async () => {
    let readOnly = false;
    gateway = await startGateway({
      within: (command) => {
        const state = join(command.at(-1) ?? '', '..', 'state');
        const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"';
        return readOnly
          ? ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', state, ...command]
          : command;
      },
    });
    await gateway.program({ revision: 3, registries: [{ address: 'ghcr.io' }] });
    await gateway.halt();
    readOnly = true;
    await gateway.start();
    expect(await gateway.status()).toMatchObject({
      inForce: { kind: 'policy', revision: 3 },
      problems: [{ code: 'cannot-write' }],
    });
  });

  it('with a state that belongs to somebody else takes nothing from it, and says so', async () => {
    gateway = await startGateway();
    await gateway.program({ revision: 3, registries: [{ address: 'ghcr.io' }] });
    const { generation } = await gateway.status();
    await gateway.halt();
    await chown(join(gateway.stateDir, 'state.json'), 65534, 65534);
    await gateway.start();
    const status = await gateway.status();
    expect(status).toMatchObject({ inForce: { kind: 'deny' }, problems: [{ code: 'state-damaged' }] });
    expect(status.generation).toBeGreaterThan(generation);
    expect((await gateway.query('ghcr.io')).rcode).toBe('NXDOMAIN');
  });
});
