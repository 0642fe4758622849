import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DnsStub, startDnsStub } from '../../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const UNITS = join(import.meta.dirname, '../../../build');
const isRoot = process.platform === 'linux' && process.geteuid?.() === 0;
const NOBODY = 65534;

describe.runIf(isRoot)('a gateway that root has started, with a user to become', () => {
  let upstream: DnsStub;
  let gateway: TestGateway;
  beforeAll(async () => {
    upstream = await startDnsStub({ 'ghcr.io': '10.1.1.1' });
    gateway = await startGateway({ upstreams: [upstream.address], config: { user: 'nobody', workers: 2 } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it('is that user in every thread, with no capability and no way back', async () => {
    for (const thread of await readdir(`/proc/${gateway.pid}/task`)) {
      const status = await readFile(`/proc/${gateway.pid}/task/${thread}/status`, 'latin1');
      expect(status).toMatch(new RegExp(`^Uid:(\\s+${NOBODY}){4}$`, 'm'));
      expect(status).toMatch(/^Groups:\s+\d+\s*$/m);
      for (const set of ['CapPrm', 'CapEff', 'CapInh', 'CapAmb'])
        expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, 'm'));
    }
  });

  it('takes documents that it could not read from a file, keeps them, and starts with them again', async () => {
    const { signer } = gateway;
    const hidden = join(gateway.folder, 'hidden.jws');
    await writeFile(hidden, 'x', { mode: 0o600 });
    const documents = {
      policyFile: hidden,
      membershipFile: hidden,
      policy: await signer.policy({ registries: [{ address: 'ghcr.io' }] }),
      membership: await signer.membership(),
    };
    await expect(gateway.control.call('program', { policyFile: hidden, membershipFile: hidden })).rejects.toMatchObject(
      { problem: { code: 'policy-unreadable' } },
    );
    const { generation } = await gateway.control.call('program', documents);
    expect((await gateway.query('ghcr.io')).rcode).toBe('NOERROR');
    expect((await stat(join(gateway.stateDir, 'state.json'))).uid).toBe(NOBODY);
    await gateway.halt('SIGKILL');
    await gateway.start();
    expect(await gateway.status()).toMatchObject({ generation, inForce: { kind: 'policy' }, problems: [] });
    expect((await gateway.query('ghcr.io')).rcode).toBe('NOERROR');
    await gateway.control.call('lock', { reason: 'sign-in-required' });
    expect((await gateway.status()).problems).toEqual([]);
  });

  it('takes documents from files that it can read', async () => {
    const { revision } = await gateway.program({ revision: 8, registries: [{ address: 'ghcr.io' }] });
    expect(revision).toBe(8);
  });

  it('has its sockets from root: the agent believes those only', async () => {
    const socket = await stat(gateway.controlPath);
    expect({ uid: socket.uid, mode: socket.mode & 0o777 }).toEqual({ uid: 0, mode: 0o666 });
  });
});

describe.runIf(isRoot)('a user that is not there', () => {
  it('keeps it from starting, with the command that makes one', async () => {
    await expect(startGateway({ config: { user: 'portcullis-nobody' } })).rejects.toThrow(/useradd --system/);
  });
});

describe.runIf(spawnSync('systemd-analyze', ['--version']).status === 0)('the systemd unit', () => {
  it.each([
    ['portcullis-gateway.service', []],
    ['portcullis-agent.service', ['--user']],
  ])('%s is one that systemd takes, with nothing to complain about', async (unit, options) => {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-unit-'));
    try {
      const file = join(folder, unit);
      // The program is not installed here.
      await writeFile(file, (await readFile(join(UNITS, unit), 'utf8')).replace('/usr/bin/portcullis', '/bin/true'));
      const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', ...options, file], {
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      });
      expect(stdout + stderr).toBe('');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
