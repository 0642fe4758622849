import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createDockerEngine } from '../../main/agent/engines/docker-engine.ts';
import { runCommand, textOf } from '../../main/platform/process/run-command.ts';
import { DIRECT_PROBE_SUFFIX, PROBE_SUFFIX } from '../../shared/probe-names.ts';
import type { ControlEventData } from '../../shared/schemas/control-schema.ts';
import { waitFor } from '../support/background-process.ts';
import { LIST_ETC } from '../support/guest-etc.ts';
import { readYaml } from '../support/read-yaml.ts';
import { writeInGuest } from '../support/systemd-guest.ts';
import { type GuestScene, startGuestScene } from './guest-scene.ts';
import { ALLOWED, OTHER, REFUSAL } from './scene.ts';

/** A guest's life, in order: each step depends on the one before. */
let scene: GuestScene;
beforeAll(async () => {
  scene = await startGuestScene();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const Provisioned = z.strictObject({
  provision: z.tuple([z.strictObject({ mode: z.string(), script: z.string() })]),
});
async function scriptIn(file: string): Promise<{ mode: string; script: string }> {
  const [entry] = Provisioned.parse(await readYaml(join(scene.folder, file))).provision;
  return entry;
}

/** As the guest's provisioning does: root, from a file, at each boot. */
async function provision(script: string, path = '/mnt/provision'): Promise<{ code: number | null; said: string }> {
  await writeInGuest(scene.guest, path, script, 0o755);
  const { code, stdout, stderr } = await scene.guest.exec([path]);
  return { code, said: stdout + stderr };
}

/** Every file below /etc, and the main processes of the engines. */
async function state(): Promise<string> {
  const { stdout } = await scene.guest.sh(`
    ${LIST_ETC}
    find /etc -type f -name '*-' -exec sha256sum {} + | sort
    systemctl show -P MainPID docker containerd`);
  return stdout;
}

async function pullAllowed(): Promise<void> {
  await scene.docker(['rmi', '--force', `${ALLOWED}/app:1`]);
  const { code, stdout, stderr } = await scene.docker(['pull', `${ALLOWED}/app:1`]);
  expect({ code, said: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, said: '' });
}

/** It must fail, and the registry must not have been asked. */
async function pullBlocked(image = `${OTHER}/app:1`): Promise<string> {
  const before = scene.other.requests().length;
  const { code, stdout, stderr } = await scene.docker(['pull', image]);
  expect({ code, seen: scene.other.requests().length - before }).toEqual({ code: 1, seen: 0 });
  return stdout + stderr;
}

/** What a container is answered that asks for the address of a name. */
async function lookUp(name: string, ...options: string[]): Promise<string> {
  const busybox = ['app:1', '/usr/bin/busybox', 'nslookup', '-type=a', name];
  const { stdout, stderr } = await scene.docker(['run', '--rm', ...options, ...busybox]);
  return stdout + stderr;
}

async function withoutProxy(during: () => Promise<void>): Promise<void> {
  const file = '/etc/systemd/system/docker.service.d/zz.conf';
  const restart = 'systemctl daemon-reload; systemctl reset-failed docker; systemctl restart docker';
  await writeInGuest(scene.guest, file, '[Service]\nUnsetEnvironment=HTTPS_PROXY HTTP_PROXY https_proxy http_proxy\n');
  await scene.guest.sh(restart);
  await during();
  await scene.guest.sh(`rm ${file}; ${restart}`);
}

describe('the files', () => {
  it.each([
    ['lima/override.yaml', 'system'],
    ['colima/colima.yaml', 'after-boot'],
    ['rancher/override.yaml', 'system'],
  ])('%s is YAML with one script for shells of all kinds', async (file, mode) => {
    const entry = await scriptIn(file);
    expect(entry.mode).toBe(mode);
    for (const shell of [['dash'], ['bash'], ['busybox', 'sh']]) {
      expect(textOf(await runCommand([...shell, '-n'], { input: entry.script }))).toMatchObject({
        code: 0,
        stderr: '',
      });
    }
  });

  it('are the same for Lima and Colima, which provision the same kind of guest', async () => {
    expect((await scriptIn('colima/colima.yaml')).script).toBe((await scriptIn('lima/override.yaml')).script);
  });
});

describe('a guest with systemd, provisioned while its engine runs', () => {
  it('has the wall, and units that systemd understands', async () => {
    expect(await scene.docker(['pull', `${scene.guest.address(11)}/app:1`])).toMatchObject({ code: 0 });
    await scene.docker(['rmi', '--force', `${scene.guest.address(11)}/app:1`]);
    const { script } = await scriptIn('lima/override.yaml');
    // Killed with all files in place, and no word of them to systemd.
    const killed = script.replace('systemctl daemon-reload', () => 'kill -9 $$');
    expect(killed).not.toBe(script);
    expect(await provision(killed)).toMatchObject({ code: null });
    const { code, said } = await provision(script);
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('(wall: nftables)') });
    const units = ['portcullis-engine-guard.service', 'docker.service', 'containerd.service'];
    const verified = await scene.guest.exec(['systemd-analyze', 'verify', ...units]);
    expect(verified.stderr).not.toMatch(/portcullis/);
  });

  it('pulls what is allowed through the gateway on the host, and is told why the rest is blocked', async () => {
    await pullAllowed();
    expect(await pullBlocked()).toContain(REFUSAL);
    expect(await pullBlocked(`${scene.guest.address(11)}/app:1`)).toContain('is blocked by acme.');
  });

  it('proves both walls by probes', async () => {
    const control = await scene.gateway.openControl();
    const seen: ControlEventData<'probe'>[] = [];
    control.on('probe', (sighting) => seen.push(sighting));
    await control.call('subscribe', {});
    const socket = `unix://${scene.guest.dockerSocket}`;
    const engine = createDockerEngine({ kind: 'linux', name: 'Docker Engine', socket });
    for (const [suffix, wall] of [
      [PROBE_SUFFIX, 'proxy'],
      [DIRECT_PROBE_SUFFIX, 'dns'],
    ] as const) {
      const nonce = randomBytes(16).toString('hex');
      expect(await engine.probe(`n${nonce}.${suffix}`, AbortSignal.timeout(60_000))).toMatchObject({ kind: 'denied' });
      await waitFor('the probe', () =>
        seen.find((event) => event.nonce === nonce && event.wall === wall && event.view === 'engine'),
      );
    }
    control.close();
  });

  it.each([
    ['on the default network', () => []],
    ['with a resolver of its own', () => ['--dns', '192.0.2.1']],
    ["with the resolver at the host's own port 53", () => ['--dns', scene.second]],
    ['on the host network', () => ['--network', 'host']],
  ])('filters what a container looks up %s', async (_, options) => {
    expect(await lookUp(ALLOWED, ...options())).toContain(scene.guest.address(10));
    expect(await lookUp('registry-1.docker.io', ...options())).toMatch(/NXDOMAIN|can't find/);
  });

  it('is held without the proxy too, by name and by address', () =>
    withoutProxy(async () => {
      await pullBlocked();
      expect(await pullBlocked(`${scene.guest.address(11)}/app:1`)).toContain('no route to host');
    }));

  it('is not changed by being provisioned again', async () => {
    const before = await state();
    expect(await provision((await scriptIn('lima/override.yaml')).script)).toMatchObject({ code: 0 });
    expect(await state()).toBe(before);
  });

  it('is held from the start of the next boot, before it is provisioned', async () => {
    await scene.guest.reboot();
    await waitFor('the engine', async () => (await scene.docker(['version'])).code === 0);
    await pullAllowed();
    expect(await pullBlocked()).toContain(REFUSAL);
    await withoutProxy(async () => {
      expect(await pullBlocked(`${scene.guest.address(11)}/app:1`)).toContain('no route to host');
    });
    expect(await provision((await scriptIn('lima/override.yaml')).script)).toMatchObject({ code: 0 });
  });

  it('has its engines stopped where nft is missing, and they run again once it is there', async () => {
    const { script } = await scriptIn('lima/override.yaml');
    await scene.guest.ok('mv', '/usr/sbin/nft', '/usr/sbin/nft.away');
    const { code, said } = await provision(script);
    expect({ code, said }).toMatchObject({ code: 1, said: expect.stringContaining('nft is not installed') });
    expect((await scene.guest.exec(['systemctl', 'is-active', 'docker'])).stdout).not.toBe('active\n');
    expect(await scene.guest.exec(['systemctl', 'start', 'docker'])).toMatchObject({ code: 1 });
    await scene.guest.ok('mv', '/usr/sbin/nft.away', '/usr/sbin/nft');
    await scene.guest.sh('systemctl reset-failed');
    expect(await provision(script)).toMatchObject({ code: 0 });
    await pullAllowed();
  });
});

describe('a guest like WSL 2, whose kernel cannot match control groups in nftables', () => {
  /** What nft says there. */
  const NFT = `#!/bin/sh
input=$(cat)
case "$input" in *cgroupv2*) echo 'Error: Could not process rule: No such file or directory' >&2; exit 1 ;; esac
printf '%s\\n' "$input" | exec /usr/sbin/nft.away "$@"
`;
  const script = () => readFile(join(scene.folder, 'wsl/portcullis-guest.sh'), 'utf8');
  const says = (mode: string) => writeInGuest(scene.guest, '/usr/bin/wslinfo', `#!/bin/sh\necho ${mode}\n`, 0o755);
  const environment = async () => (await scene.guest.sh('tr "\\0" "\\n" </proc/$(pidof dockerd)/environ')).stdout;

  it("has systemd's packet filter as its wall, and finds the host at its default route", async () => {
    await scene.guest.ok('mv', '/usr/sbin/nft', '/usr/sbin/nft.away');
    await writeInGuest(scene.guest, '/usr/sbin/nft', NFT, 0o755);
    await says('nat');
    const { code, said } = await provision(await script());
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('(wall: systemd)') });
    expect(await environment()).toContain(`HTTPS_PROXY=http://${scene.first}:3128`);
    expect(await readFile(join(scene.guest.root, 'etc/wsl.conf'), 'utf8')).toBe(
      await readFile(join(scene.folder, 'wsl/wsl.conf'), 'utf8'),
    );
    const verified = await scene.guest.exec(['systemd-analyze', 'verify', 'portcullis-guest.service']);
    expect(verified.stderr).not.toMatch(/portcullis/);
  });

  it('pulls what is allowed, is told why the rest is blocked, and has the names of containers filtered', async () => {
    await pullAllowed();
    expect(await pullBlocked()).toContain(REFUSAL);
    expect(await pullBlocked(`${scene.guest.address(11)}/app:1`)).toContain('is blocked by acme.');
    expect(await lookUp(ALLOWED, '--dns', '192.0.2.1')).toContain(scene.guest.address(10));
    expect(await lookUp('registry-1.docker.io', '--dns', '192.0.2.1')).toMatch(/NXDOMAIN|can't find/);
  });

  it('has its proxy proven by a probe, and is not said to use a DNS filter that could not be proven', async () => {
    const control = await scene.gateway.openControl();
    const seen: ControlEventData<'probe'>[] = [];
    control.on('probe', (sighting) => seen.push(sighting));
    await control.call('subscribe', {});
    const socket = `unix://${scene.guest.dockerSocket}`;
    const engine = createDockerEngine({ kind: 'linux', name: 'Docker Engine', socket });
    expect(await engine.inspect(AbortSignal.timeout(60_000))).toMatchObject({
      ...{ kind: 'running', proxy: { inUse: true } },
      dns: { inUse: false, why: { code: 'engine-dns-behind-proxy' } },
    });
    const nonce = randomBytes(16).toString('hex');
    const answer = await engine.probe(`n${nonce}.${PROBE_SUFFIX}`, AbortSignal.timeout(60_000));
    expect(answer).toMatchObject({ kind: 'denied' });
    await waitFor('the probe', () => seen.find((event) => event.nonce === nonce && event.wall === 'proxy'));
    control.close();
  });

  it('is held without the proxy too', () =>
    withoutProxy(async () => {
      const before = scene.other.requests().length;
      // What systemd's filter drops would time out after a quarter of a minute.
      const pull = ['5', 'docker', 'pull', `${scene.guest.address(11)}/app:1`];
      expect(await scene.docker(pull, { program: 'timeout' })).toMatchObject({ code: 124 });
      expect(scene.other.requests().length).toBe(before);
    }));

  it('finds the host anew at each boot, where its address is another', async () => {
    const { subnet } = scene.guest;
    await scene.guest.ok('ip', 'route', 'replace', 'default', 'via', scene.second);
    await scene.guest.reboot();
    await waitFor('the engine', async () => (await scene.docker(['version'])).code === 0);
    expect(await environment()).toContain(`HTTPS_PROXY=http://${scene.second}:3128`);
    expect(await readFile(join(scene.guest.root, 'etc/resolv.conf'), 'utf8')).toContain(`nameserver ${subnet}.12`);
    await pullAllowed();
    expect(await pullBlocked()).toContain(REFUSAL);
  });

  it('is stopped where WSL leads past the default route', async () => {
    await says('mirrored');
    const { code, said } = await provision(await script());
    expect({ code, said }).toMatchObject({ code: 1, said: expect.stringContaining('networkingMode=mirrored') });
    expect((await scene.guest.exec(['systemctl', 'is-active', 'docker'])).stdout).not.toBe('active\n');
  });

  it('runs again once WSL is as it should be', async () => {
    await says('nat');
    await scene.guest.sh('systemctl reset-failed');
    expect(await provision(await script())).toMatchObject({ code: 0 });
    await pullAllowed();
  });
});

describe('the script for Rancher Desktop, in the same guest with the shell of Alpine', () => {
  async function provisionByBusybox(): Promise<{ code: number | null; said: string }> {
    const { script } = await scriptIn('rancher/override.yaml');
    return provision(script.replace('#!/bin/sh', '#!/usr/bin/busybox sh'));
  }

  it('filters the names that anybody in the guest asks for', async () => {
    await scene.guest.ok('nft', 'flush', 'ruleset');
    expect(await provisionByBusybox()).toMatchObject({ code: 0 });
    const { stdout: rules } = await scene.guest.sh('nft list table inet portcullis_guard');
    expect(rules).toContain('chain people_dns');
    const look = async (name: string) => (await scene.guest.exec(['dig', '+short', '@192.0.2.1', name])).stdout;
    expect(await look(ALLOWED)).toBe(`${scene.guest.address(10)}\n`);
    expect(await look('registry-1.docker.io')).toBe('');
  });

  it('gives the gateway as proxy to the services that pull, and to no other', async () => {
    const proxyOf = async (service: string) =>
      (await scene.guest.sh(`RC_SVCNAME=${service}; . /etc/rc.conf.d/50-portcullis.conf; printenv HTTPS_PROXY`)).stdout;
    expect(await proxyOf('docker')).toBe(`http://${scene.second}:3128\n`);
    expect(await proxyOf('sshd')).toBe('');
  });

  it('refuses where Allowed Images gives the engine another proxy', async () => {
    await writeInGuest(scene.guest, '/usr/local/openresty/nginx/conf/allowed-images.conf', '');
    const { code, said } = await provisionByBusybox();
    expect({ code, said }).toMatchObject({ code: 1, said: expect.stringContaining('turn it off') });
  });
});
