import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../main/demo/outside/certificates.ts';
import { isAlive, ownerOf } from '../../main/demo/vm/owner.ts';
import { processesInCgroup } from '../../main/demo/vm/processes.ts';
import { createVm, removeAbandonedVms, type Vm } from '../../main/demo/vm/vm.ts';
import { startProcess, waitFor } from '../support/background-process.ts';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { type DockerCli, dockerCli } from '../support/docker-cli.ts';
import { importImage, seedRegistry } from '../support/image.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';

/** Everything on this machine that belongs to the VM with this subnet. */
function traces(subnet: string): string[] {
  const found: string[] = [];
  const short = subnet.split('.').slice(1).join('-');
  for (const link of globSync(`/sys/class/net/pcvm${short}*`)) found.push(link);
  for (const path of [`/var/lib/portcullis-vm/${subnet}`, `/var/lib/portcullis-vm/${subnet}.json`]) {
    if (existsSync(path)) found.push(path);
  }
  for (const family of ['-4', '-6']) {
    const { stdout } = spawnSync('ip', [family, 'rule', 'show'], { encoding: 'utf8' });
    found.push(...stdout.split('\n').filter((line) => line.includes(` iif pcvm${short}h `)));
  }
  const cgroup = `portcullis-vm-${subnet}`;
  found.push(...globSync([`/sys/fs/cgroup/${cgroup}`, `/sys/fs/cgroup/*/${cgroup}`]));
  for (const file of globSync('/proc/[0-9]*/cmdline')) {
    try {
      if (readFileSync(file, 'utf8').includes(`/portcullis-vm/${subnet}/`)) found.push(file);
    } catch {
      // The process ended meanwhile.
    }
  }
  found.push(...processesInCgroup(cgroup).map((pid) => `process ${pid} of a container`));
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  found.push(...mounts.filter((line) => line.includes(`/portcullis-vm/${subnet}/`)));
  return found;
}

describe('a VM with a name server on its cable', () => {
  const cleanup = new AsyncDisposableStack();
  const names: Record<string, string> = {};
  let vm: Vm;
  let dns: DnsStub;
  let registry: TestRegistry;
  let docker: DockerCli;

  beforeAll(async () => {
    vm = await createVm({ hostOctets: [3, 10] });
    cleanup.defer(() => vm.destroy());
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-vm-test-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    const ca = createAuthority();
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, ca.certificate);
    names['registry.test'] = vm.address(10);
    dns = await startDnsStub(names, vm.gatewayAddress, 53);
    cleanup.defer(() => dns.close());
    registry = cleanup.use(await startRegistry({ host: vm.address(10), names: ['registry.test'], ca }));
    await vm.startEngine({ caFile });
    docker = cleanup.use(await dockerCli(vm.dockerSocket));
    await importImage(docker, 'app:1', ['sleep', 'cat', 'getent']);
    await seedRegistry(docker, 'app:1', registry.address);
  });
  afterAll(() => cleanup.disposeAsync());

  it('has every step of its plan in place', async () => {
    expect(await vm.verify()).toEqual([]);
  });

  it('pulls from a registry that the name server knows, and starts a container', async () => {
    await docker.ok('pull', 'registry.test/app:1');
    const inside = await docker.ok(
      ...['run', '--rm', '--network', 'host', 'registry.test/app:1'],
      'cat',
      '/etc/resolv.conf',
    );
    expect(inside).toBe(`nameserver ${vm.gatewayAddress}`);
    expect(registry.requests()).toContain('/v2/app/manifests/1');
  });

  it('resolves only what its name server resolves', async () => {
    const pull = await docker.run(['pull', 'elsewhere.test/app:1']);
    expect(pull.code).toBe(1);
    expect(pull.stderr).toContain('no such host');
    expect(dns.asked.map(({ name }) => name)).toContain('elsewhere.test');
  });

  it('reaches nothing but the cable', async () => {
    expect((await vm.exec(['ip', 'route', 'get', '192.0.2.1'])).stderr).toContain('unreachable');
    expect((await vm.exec(['ip', 'route', 'get', vm.gatewayAddress])).code).toBe(0);
  });

  it('uses its proxy until it is removed', async () => {
    const inspect = () => vm.engine.inspect(AbortSignal.timeout(30_000));
    await vm.setProxy(`http://${vm.gatewayAddress}:3128`);
    expect(await inspect()).toMatchObject({ kind: 'running', dns: { inUse: true }, proxy: { inUse: true } });
    await vm.setProxy(undefined);
    expect(await inspect()).toMatchObject({ kind: 'running', dns: { inUse: true }, proxy: { inUse: false } });
    expect(await docker.ok('images', '--quiet', 'app:1')).not.toBe('');
  });

  it('reports a blocked name as denied, and a stopped engine as stopped', async () => {
    const refused = await vm.engine.probe('n0.probe.portcullis.internal', AbortSignal.timeout(60_000));
    expect(refused.kind).toBe('denied');
    names['n1.probe.portcullis.internal'] = vm.address(10);
    const answered = await vm.engine.probe('n1.probe.portcullis.internal', AbortSignal.timeout(60_000));
    expect(answered.kind).toBe('passed');
    await vm.stopEngine();
    expect((await vm.engine.inspect(AbortSignal.timeout(30_000))).kind).toBe('stopped');
  });
});

describe('removing a VM', () => {
  it('treats a zombie owner as dead', async () => {
    // The shell becomes a `sleep` that never waits for its child, so that the killed child stays a zombie.
    await using parent = await startProcess(['sh', '-c', 'sleep 100000 & echo child=$!=; exec sleep 100000']);
    const pid = await waitFor('the child', () => /child=(\d+)=/.exec(parent.output())?.[1]);
    await waitFor('the shell to become another', () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
    process.kill(Number(pid), 'SIGKILL');
    await waitFor('the zombie', () => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
    expect(isAlive(ownerOf(Number(pid)))).toBe(false);
    expect(isAlive(ownerOf(parent.pid))).toBe(true);
  });

  it('leaves nothing behind, even with a container running and beside another VM', async () => {
    const [one, other] = await Promise.all([createVm(), createVm()]);
    try {
      expect(one.network.subnet).not.toBe(other.network.subnet);
      await Promise.all([one.startEngine({}), other.startEngine({})]);
      await using docker = await dockerCli(one.dockerSocket);
      await importImage(docker, 'app:1', ['sleep']);
      await docker.ok('run', '--detach', '--network', 'none', 'app:1', 'sleep', '100000');
      expect(traces(one.network.subnet)).toEqual(expect.arrayContaining([expect.stringContaining('of a container')]));
      await one.destroy();
      expect(traces(one.network.subnet)).toEqual([]);
      expect(await other.verify()).toEqual([]);
      await one.destroy();
    } finally {
      await Promise.all([one.destroy(), other.destroy()]);
    }
    expect(traces(other.network.subnet)).toEqual([]);
  });

  it('is done by the next process if its owner was killed', async () => {
    await using owner = await startProcess([process.execPath, join(import.meta.dirname, '../support/abandoned-vm.ts')]);
    const subnet = await waitFor('the VM', () => {
      if (!owner.running()) throw new Error(owner.output());
      return /"subnet":"([\d.]+)"/.exec(owner.output())?.[1];
    });
    expect(traces(subnet)).not.toEqual([]);
    await removeAbandonedVms();
    expect(traces(subnet), 'the owner is alive').not.toEqual([]);
    await owner.stop('SIGKILL');
    await removeAbandonedVms();
    expect(traces(subnet)).toEqual([]);
  });
});
