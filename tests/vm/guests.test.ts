import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { runCommand, runOrThrow } from '../../main/platform/process/run-command.ts';
import { startGateway } from '../support/gateway.ts';
import { readYaml } from '../support/read-yaml.ts';
import { ADDRESSES } from '../support/vm/network.ts';
import {
  ALLOWED,
  CONTACT,
  OTHER,
  type Outside,
  REFUSAL,
  seed,
  startOutside,
  temporaryFolder,
} from '../support/vm/outside.ts';
import { startVm, type Vm } from '../support/vm/vm.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLI = [join(ROOT, 'node_modules/.bin/node'), join(ROOT, 'main/cli/index.ts')];

/** In order. The machine is the guest, and this one the host that it is provisioned by: the gateway is on its loopback. */
const cleanup = new AsyncDisposableStack();
let outside: Outside;
let vm: Vm;
let folder: string;
const Provisioned = z.strictObject({
  provision: z.tuple([z.strictObject({ mode: z.string(), script: z.string() })]),
});
const Addresses = z.object({
  dns: z.object({ engine: z.array(z.string()), workload: z.array(z.string()) }),
  proxy: z.array(z.string()),
  allowFrom: z.array(z.string()),
});

beforeAll(async () => {
  outside = cleanup.use(await startOutside());
  folder = cleanup.use(await temporaryFolder()).path;
  await runOrThrow(runCommand, [...CLI, 'engine', 'guest-files', '--lima', '--colima', '--out', folder]);
  const config = Addresses.parse(JSON.parse(await readFile(join(folder, 'lima/gateway.json'), 'utf8')));
  const gateway = await startGateway({ upstreams: [outside.upstream.address], config });
  cleanup.defer(() => gateway.stop());
  await gateway.program({ contact: CONTACT, registries: [{ address: ALLOWED }] });
  vm = cleanup.use(await startVm({ ...inject('vm'), ca: outside.ca.certificate, resolver: ADDRESSES.resolver }));
  await seed(vm);
});
afterAll(() => cleanup.disposeAsync());

async function scriptFor(file: string, mode: string): Promise<string> {
  const [entry] = Provisioned.parse(await readYaml(join(folder, file))).provision;
  expect(entry.mode).toBe(mode);
  return entry.script;
}

const pull = (image: string) => vm.sh(`docker rmi --force ${image} >/dev/null 2>&1; docker pull ${image} 2>&1`);
const requests = () => outside.allowed.requests().length + outside.other.requests().length;

async function pullFails(image: string): Promise<string> {
  const before = requests();
  const { code, stdout } = await pull(image);
  expect({ image, code, requests: requests() - before }).toEqual({ image, code: 1, requests: 0 });
  return stdout;
}

async function expectHeld(): Promise<void> {
  const { code, stdout } = await pull(`${ALLOWED}/app:1`);
  expect({ code, said: code === 0 ? '' : stdout }).toEqual({ code: 0, said: '' });
  expect(await pullFails(`${OTHER}/app:1`)).toContain(REFUSAL);
  expect(await pullFails(`${ADDRESSES.other}/app:1`)).toContain('is blocked by acme.');
  const look = (name: string) =>
    vm.sh(`docker run --rm --dns 192.0.2.1 app:1 /bin/busybox nslookup -type=a ${name} 2>&1`);
  expect((await look(ALLOWED)).stdout).toContain(ADDRESSES.allowed);
  // The workload view filters what is known to be a registry.
  expect((await look('registry-1.docker.io')).stdout).toMatch(/NXDOMAIN|can't find/);
}

describe('a guest that Lima provisions', () => {
  it('is held from the first provisioning, which finds its engine running', async () => {
    expect(await pull(`${OTHER}/app:1`)).toMatchObject({ code: 0 });
    await vm.write(
      '/mnt/lima-cidata/provision.system/00000000',
      await scriptFor('lima/override.yaml', 'system'),
      '0755',
    );
    const { code, stdout } = await vm.sh('/mnt/lima-cidata/provision.system/00000000 2>&1');
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('(wall: nftables)') });
    await expectHeld();
  });

  it('is held at its next boot before it is provisioned, also without the proxy', async () => {
    await vm.ok('sync');
    await vm.powerOff();
    await vm.boot();
    await vm.engine();
    await expectHeld();
    await vm.write(
      '/run/systemd/system/docker.service.d/zz.conf',
      '[Service]\nUnsetEnvironment=HTTPS_PROXY HTTP_PROXY https_proxy http_proxy\n',
    );
    await vm.ok('systemctl daemon-reload; systemctl restart docker');
    await pullFails(`${OTHER}/app:1`);
    expect(await pullFails(`${ADDRESSES.other}/app:1`)).toContain('no route to host');
    await vm.ok('rm /run/systemd/system/docker.service.d/zz.conf; systemctl daemon-reload');
    expect(await vm.sh('/mnt/lima-cidata/provision.system/00000000')).toMatchObject({ code: 0 });
  });
});

describe('a guest that Colima provisions', () => {
  it('is held after its start, which provisions it, writes files of its own, and then starts the engine', async () => {
    await vm.ok('systemctl stop docker.socket docker containerd');
    await vm.write('/root/after-boot', await scriptFor('colima/colima.yaml', 'after-boot'), '0755');
    expect(await vm.sh('/root/after-boot')).toMatchObject({ code: 0 });
    // As Colima's sources do (environment/container/docker).
    await vm.write(
      '/etc/docker/daemon.json',
      '{"exec-opts":["native.cgroupdriver=cgroupfs"],"features":{"buildkit":true}}',
    );
    await vm.write(
      '/etc/systemd/system/docker.service.d/docker.conf',
      '[Service]\nLimitNOFILE=infinity\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock\n',
    );
    await vm.ok('systemctl daemon-reload; systemctl start containerd docker');
    await expectHeld();
  });
});
