import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withVmLock } from '../../main/demo/vm/lock.ts';
import { networkSteps, type VmNetwork, vmNetwork } from '../../main/demo/vm/network.ts';
import { applyPlan, type Plan, undoPlan, verifyPlan } from '../../main/demo/vm/plan.ts';
import { type RunCommand, runCommand, runOrThrow, textOf } from '../../main/platform/process/run-command.ts';
import { startProcess, waitFor } from '../support/background-process.ts';

/** What somebody tries who has a container in the VM's network, or an account on the machine that it runs on. */
const SUBNET = '10.213.7';
const FAR = { IPv4: '198.51.100.2', IPv6: '2001:db8:51::2' } as const;
const SERVER = `
  const { createServer } = require('node:net');
  createServer((socket) => socket.end('far')).listen(80, '::', () => console.log('listening'));`;

describe('a container that names the host as its router', () => {
  const cleanup = new AsyncDisposableStack();
  let network: VmNetwork;
  let plan: Plan;
  /** Network namespaces: of the machine that the VM runs on, and of another machine that it forwards to. */
  let host: string;
  let far: string;

  const within = (namespace: string, ...command: string[]) => ['nsenter', `--net=${namespace}`, ...command];
  const at = (namespace: string, script: string) =>
    runOrThrow(runCommand, within(namespace, 'sh', '-ec', script), { timeout: 60_000 });
  const onHost: RunCommand = (command, options) => runCommand(within(host, ...command), options);

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-isolation-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    [host, far] = [join(folder, 'host'), join(folder, 'far')];
    for (const namespace of [host, far]) {
      await runOrThrow(runCommand, ['touch', namespace]);
      await runOrThrow(runCommand, ['unshare', `--net=${namespace}`, 'true']);
      cleanup.defer(async () => void (await runCommand(['umount', namespace])));
    }
    await at(
      host,
      `ip link set lo up
      ip link add far0 type veth peer name far1 netns ${far}
      ip address add 198.51.100.1/24 dev far0; ip address add 2001:db8:51::1/64 dev far0 nodad
      ip link set far0 up
      echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding`,
    );
    await at(
      far,
      `ip address add ${FAR.IPv4}/24 dev far1; ip address add ${FAR.IPv6}/64 dev far1 nodad
      ip link set far1 up
      ip route add default via 198.51.100.1; ip -6 route add default via 2001:db8:51::1`,
    );
    const server = cleanup.use(await startProcess(within(far, process.execPath, '-e', SERVER)));
    await waitFor('the server', () => server.output().includes('listening'));
    network = vmNetwork(SUBNET, [1], join(folder, 'guest'));
    plan = networkSteps(network, onHost);
    await applyPlan(plan);
    cleanup.defer(() => undoPlan(plan));
    // What root in a container on the VM's network can do; the host's part of IPv6 would be there where it gives out addresses.
    await at(
      network.namespaceFile,
      `ip route add default via ${SUBNET}.1
      ip address add fd00:7::2/64 dev ${network.guestLink} nodad; ip -6 route add default via fd00:7::1`,
    );
    await at(host, `ip address add fd00:7::1/64 dev ${network.hostLink} nodad`);
  });
  afterAll(() => cleanup.disposeAsync());

  async function reaches(address: string): Promise<boolean> {
    const script = `exec 3<>/dev/tcp/${address}/80 && head -c 3 <&3`;
    const command = within(network.namespaceFile, 'timeout', '10', 'bash', '-c', script);
    return textOf(await runCommand(command, { timeout: 60_000 })).stdout === 'far';
  }

  it.each(['IPv4', 'IPv6'] as const)(
    'is not forwarded to another machine, and would be without the rule: %s',
    async (version) => {
      const family = `-${version.slice(3)}`;
      // The cable is another namespace's than this test's, so only what its own commands show can be verified here.
      expect((await verifyPlan(plan)).filter((fault) => fault.startsWith('rule'))).toEqual([]);
      expect(await reaches(FAR[version])).toBe(false);
      const rule = `preference 1 iif ${network.hostLink} blackhole`;
      await at(host, `ip ${family} rule delete ${rule}`);
      expect(await reaches(FAR[version])).toBe(true);
      expect((await verifyPlan(plan)).filter((fault) => fault.startsWith('rule'))).toHaveLength(1);
      await at(host, `ip ${family} rule add ${rule}`);
      expect(await reaches(FAR[version])).toBe(false);
    },
  );
});

it('a user who holds a lock of the same name in /run/lock keeps nobody waiting', async () => {
  const file = '/run/lock/portcullis-vm.lock';
  await using holder = await startProcess([
    ...['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'],
    ...['flock', file, 'sh', '-c', 'echo held && exec sleep 100000'],
  ]);
  try {
    await waitFor('the lock', () => holder.output().includes('held'));
    expect(await withVmLock(async () => 'mine')).toBe('mine');
  } finally {
    await rm(file, { force: true });
  }
});
