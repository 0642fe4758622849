import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, runOrThrow } from '../../main/platform/process/run-command.ts';
import { DIRECT_PROBE_SUFFIX } from '../../shared/probe-names.ts';
import { waitFor } from '../support/background-process.ts';
import { criPull } from '../support/cri-pull.ts';
import { startDnsStub } from '../support/dns-stub.ts';
import { dockerCli } from '../support/docker-cli.ts';
import { installInGuest, writeInGuest } from '../support/systemd-guest.ts';
import { type AttachScene, CLI, startAttachScene } from './attach-scene.ts';
import { ALLOWED, OTHER, REFUSAL } from './scene.ts';

/** An attachment beside what else looks after a machine's network, and engines that no wall can hold. In order. */
let scene: AttachScene;
beforeAll(async () => {
  scene = await startAttachScene();
  await installInGuest(scene.guest, 'ufw', 'firewalld', 'podman');
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const lookUp = (name: string, ...options: string[]) =>
  scene.docker(['run', '--rm', ...options, 'app:1', '/usr/bin/busybox', 'nslookup', '-type=a', name]);

async function restartDocker(): Promise<void> {
  await scene.guest.sh('systemctl reset-failed docker');
  await scene.guest.ok('systemctl', 'restart', 'docker');
}

async function expectHeld(): Promise<void> {
  const before = scene.registries.other.requests().length;
  const blocked = await scene.docker(['pull', `${OTHER}/app:1`]);
  expect({ code: blocked.code, said: blocked.stdout + blocked.stderr }).toEqual({
    code: 1,
    said: expect.stringContaining(REFUSAL),
  });
  expect(await scene.docker(['pull', `${scene.guest.address(11)}/app:1`])).toMatchObject({ code: 1 });
  expect(scene.registries.other.requests().length).toBe(before);
  expect(await scene.docker(['pull', `${ALLOWED}/app:1`])).toMatchObject({ code: 0 });
}

describe('ufw that denies incoming connections', () => {
  it('is named, with the command that lets containers reach the gateway', async () => {
    await scene.guest.ok('ufw', 'default', 'deny', 'incoming');
    await scene.guest.ok('ufw', '--force', 'enable');
    const { code, stdout } = await scene.portcullis('engine', 'attach', '--restart');
    expect(code).toBe(0);
    await scene.allow(ALLOWED);
    await expectHeld();
    expect((await lookUp(ALLOWED)).code).toBe(1);

    const command = /Allow it: (ufw allow in to \S+ port 53)/.exec(stdout)?.[1];
    if (command === undefined) throw new Error(`no command in: ${stdout}`);
    await scene.guest.ok(...command.split(' '));
    expect((await lookUp(ALLOWED)).stdout).toContain(scene.guest.address(10));
    await scene.guest.ok('ufw', '--force', 'disable');
  });
});

describe('firewalld', () => {
  it('leaves the wall and the DNS of containers as they are, when it starts and when it reloads', async () => {
    await scene.guest.ok('systemctl', 'start', 'dbus', 'firewalld');
    await restartDocker();
    for (const reload of [[], ['--reload'], ['--complete-reload']]) {
      if (reload.length > 0) await scene.guest.ok('firewall-cmd', ...reload);
      await expectHeld();
      expect((await lookUp(ALLOWED)).stdout).toContain(scene.guest.address(10));
      expect(await scene.portcullis('engine', 'audit')).toMatchObject({ code: 0 });
    }
    await scene.guest.ok('systemctl', 'stop', 'firewalld');
    await restartDocker();
    await expectHeld();
  });
});

describe('Podman', () => {
  const pull = (image: string, env = '') => scene.guest.sh(`${env} podman pull ${image}`);

  beforeAll(async () => {
    // Its usual driver cannot work on the copy-on-write root of this machine.
    await scene.guest.ok('rm', '-rf', '/var/lib/containers');
    await writeInGuest(
      scene.guest,
      '/etc/containers/storage.conf',
      '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n',
    );
  });

  it('is shown as a guard rail, pulls what is allowed, and prints the sentence for the rest', async () => {
    const { stdout } = await scene.portcullis('engine', 'list');
    expect(stdout).toMatch(/^Podman \S+ +attached, guard rail, not running$/m);
    expect(await pull(`${ALLOWED}/app:1`)).toMatchObject({ code: 0 });
    expect(await pull(`${OTHER}/app:1`)).toMatchObject({ code: 125, stderr: expect.stringContaining(REFUSAL) });
  });

  it('is no wall: whoever sets its configuration aside pulls past the gateway, as the guide says', async () => {
    expect(await pull(`${OTHER}/app:1`, 'CONTAINERS_CONF=/dev/null')).toMatchObject({ code: 0 });
  });

  it('its service is behind the wall', async () => {
    const { guest } = scene;
    await guest.ok('systemctl', 'start', 'podman.socket', 'podman.service');
    const ask = (image: string) =>
      guest.sh(
        `curl --silent --max-time 60 --unix-socket /run/podman/podman.sock -X POST 'http://d/v4.0.0/libpod/images/pull?reference=${image}'`,
      );
    await waitFor('the service', async () => (await ask('x')).code === 0);
    const before = scene.registries.other.requests().length;
    expect((await ask(`${OTHER}/app:1`)).stdout).toContain(REFUSAL);
    expect((await ask(`${guest.address(11)}/app:1`)).stdout).toContain('is blocked by acme.');
    expect(scene.registries.other.requests().length).toBe(before);
    const { stdout } = await scene.portcullis('engine', 'audit');
    expect(stdout).not.toContain('way past');
  });
});

describe("a user's own Docker Engine, rootless", () => {
  const UNIT = '/home/mia/.config/systemd/user/docker.service';
  let uid = '';
  const asMia = (...words: string[]) =>
    scene.guest.ok(
      'runuser',
      '-u',
      'mia',
      '--',
      'env',
      `XDG_RUNTIME_DIR=/run/user/${uid}`,
      'systemctl',
      '--user',
      ...words,
    );

  async function pull(image: string): Promise<{ code: number | null; said: string }> {
    await using cli = await dockerCli(join(scene.guest.root, `run/user/${uid}/docker.sock`));
    await waitFor('the engine', async () => (await cli.run(['version'])).code === 0);
    await cli.run(['rmi', '--force', image]);
    const { code, stdout, stderr } = await cli.run(['pull', image]);
    return { code, said: stdout + stderr };
  }

  const audit = async () => (await scene.portcullis('engine', 'audit')).stdout;

  beforeAll(async () => {
    const { guest } = scene;
    await installInGuest(guest, 'rootlesskit', 'slirp4netns', 'uidmap');
    expect(await scene.portcullis('engine', 'detach')).toMatchObject({ code: 0 });
    await guest.ok('useradd', '--create-home', 'mia');
    uid = (await guest.ok('id', '-u', 'mia')).trim();
    // As dockerd-rootless-setuptool.sh writes it, which asks for a kernel module that a guest cannot load.
    await writeInGuest(
      guest,
      UNIT,
      `[Service]
Environment=PATH=/usr/share/docker.io/contrib:/usr/sbin:/sbin:/usr/bin:/bin
Environment=SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
ExecStart=/usr/share/docker.io/contrib/dockerd-rootless.sh --iptables=false
Type=simple
Delegate=yes
`,
    );
    await guest.sh('chown -R mia: /home/mia; loginctl enable-linger mia');
    await waitFor(
      "the user's systemd",
      async () => (await guest.exec(['test', '-S', `/run/user/${uid}/systemd/private`])).code === 0,
    );
    await asMia('start', 'docker.service');
  });

  it('pulls what it likes until it is attached, and then only what is allowed', async () => {
    expect(await pull(`${OTHER}/app:1`)).toMatchObject({ code: 0 });
    // Without a restart nothing holds it, and the audit says so.
    expect(await scene.portcullis('engine', 'attach')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(
        `Docker Engine (rootless) of user ${uid} has to be restarted before it goes through`,
      ),
    });
    expect(await audit()).toMatch(
      /way past: The rootless Docker Engine of user \d+ \(process \d+\) pulls without the gateway/,
    );
    expect(await scene.portcullis('engine', 'attach', '--restart')).toMatchObject({ code: 0 });
    await scene.allow(ALLOWED);
    expect(await pull(`${ALLOWED}/app:1`)).toMatchObject({ code: 0 });
    expect(await pull(`${OTHER}/app:1`)).toEqual({ code: 1, said: expect.stringContaining(REFUSAL) });
    expect(await pull(`${scene.guest.address(11)}/app:1`)).toEqual({
      code: 1,
      said: expect.stringContaining('is blocked by acme.'),
    });
    expect(await audit()).not.toContain('way past');
  });

  it('is no wall: the user can take the proxy out, and the audit says so', async () => {
    await writeInGuest(scene.guest, `${UNIT}.d/mine.conf`, '[Service]\nUnsetEnvironment=HTTPS_PROXY https_proxy\n');
    await asMia('daemon-reload');
    await asMia('restart', 'docker.service');
    expect(await pull(`${OTHER}/app:1`)).toMatchObject({ code: 0 });
    expect(await audit()).toContain('pulls without the gateway');
    await scene.guest.ok('rm', `${UNIT.replace('docker.service', 'docker.service.d')}/mine.conf`);
    await asMia('daemon-reload');
    await asMia('restart', 'docker.service');
    expect(await pull(`${OTHER}/app:1`)).toMatchObject({ code: 1 });
  });

  it('is let go by a detach', async () => {
    expect(await scene.portcullis('engine', 'detach')).toMatchObject({ code: 0 });
    expect(await pull(`${OTHER}/app:1`)).toMatchObject({ code: 0 });
    await asMia('disable', '--now', 'docker.service');
    expect(await scene.portcullis('engine', 'attach', '--restart')).toMatchObject({ code: 0 });
    await scene.allow(ALLOWED);
    await expectHeld();
  });
});

describe('containerd, which a kubelet has pull by CRI', () => {
  const cri = (image: string) => criPull(join(scene.guest.root, 'run/containerd/containerd.sock'), image);

  it('pulls what is allowed, and hands on the sentence for the rest', async () => {
    const { registries, guest } = scene;
    const seen = registries.allowed.requests().length;
    expect(await cri(`${ALLOWED}/app:1`)).toEqual({ status: 0, message: '' });
    expect(registries.allowed.requests().length).toBeGreaterThan(seen);
    const before = registries.other.requests().length;
    expect(await cri(`${OTHER}/app:1`)).toMatchObject({ message: expect.stringContaining(REFUSAL) });
    expect(await cri(`${guest.address(11)}/app:1`)).toMatchObject({
      message: expect.stringContaining('is blocked by acme.'),
    });
    expect(registries.other.requests().length).toBe(before);
  });

  it('is held without the proxy too', async () => {
    const { registries, guest } = scene;
    const file = '/run/systemd/system/containerd.service.d/zz.conf';
    await writeInGuest(guest, file, '[Service]\nUnsetEnvironment=HTTPS_PROXY HTTP_PROXY https_proxy http_proxy\n');
    await guest.sh('systemctl daemon-reload; systemctl restart containerd');
    const before = registries.other.requests().length;
    expect((await cri(`${OTHER}/app:1`)).status).not.toBe(0);
    expect(await cri(`${guest.address(11)}/app:1`)).toMatchObject({
      message: expect.stringContaining('no route to host'),
    });
    expect(registries.other.requests().length).toBe(before);
    await guest.sh(`rm ${file}; systemctl daemon-reload; systemctl restart containerd`);
    await restartDocker();
    await expectHeld();
  });
});

describe('a machine whose resolver listens on loopback, as systemd-resolved does', () => {
  it('has the questions of its engine answered by the gateway', async () => {
    const { guest } = scene;
    await guest.sh("cp /etc/resolv.conf /tmp/resolv.conf; echo 'nameserver 127.0.0.53' >/etc/resolv.conf");
    const image = `n${'0'.repeat(32)}.${DIRECT_PROBE_SUFFIX}/app:1`;
    // The engine reads the file anew every few seconds. Nothing listens there, and a gateway that refused would be "server misbehaving".
    await waitFor('the answer', async () => {
      const { stdout, stderr } = await scene.docker(['pull', image]);
      return /on 127\.0\.0\.53:53: no such host/.test(stdout + stderr);
    });
    await guest.ok('cp', '/tmp/resolv.conf', '/etc/resolv.conf');
    await waitFor('the engine to read it', async () => {
      const { stdout, stderr } = await scene.docker(['pull', image]);
      return !(stdout + stderr).includes('127.0.0.53');
    });
  });
});

describe('--machine-dns', () => {
  it('filters what people and host-network containers look up, and not what the gateway asks', async () => {
    const blocked = 'registry-1.docker.io';
    const dig = async (name: string) => (await scene.guest.exec(['dig', '+tries=1', name])).stdout;
    scene.names[blocked] = '192.0.2.7';
    expect(await dig(blocked)).toContain('192.0.2.7');
    expect((await lookUp(blocked, '--network', 'host')).stdout).toContain('192.0.2.7');
    expect(await scene.portcullis('engine', 'attach', '--machine-dns')).toMatchObject({ code: 0, stderr: '' });
    expect(await dig(blocked)).toContain('NXDOMAIN');
    expect((await lookUp(blocked, '--network', 'host')).code).toBe(1);
    expect(await dig(ALLOWED)).toContain(scene.guest.address(10));
    await expectHeld();
    expect(await scene.portcullis('engine', 'attach')).toMatchObject({ code: 0, stderr: '' });
    expect(await dig(blocked)).toContain('192.0.2.7');
  });

  /** As root in the guest; bash can open connections. */
  const connects = async (host: string, port: number) =>
    (await scene.guest.exec(['timeout', '20', 'bash', '-c', `exec 3<>/dev/tcp/${host}/${port}`])).code === 0;

  it('leaves no way past by DNS over TLS, nor by IPv6 where the gateway has none', async () => {
    const { guest, names } = scene;
    const blocked = 'registry-1.docker.io';
    names[blocked] = '192.0.2.7';
    await using cleanup = new AsyncDisposableStack();
    const server = createServer((socket) => socket.end()).listen(853, guest.address(1));
    await once(server, 'listening');
    cleanup.defer(() => void server.close());
    const [ours, theirs] = ['fd5a:7063:1::1', 'fd5a:7063:1::2'];
    const cable = `pc${process.pid}`;
    await runOrThrow(runCommand, ['ip', 'address', 'add', `${ours}/64`, 'dev', cable, 'nodad']);
    await guest.ok('ip', 'address', 'add', `${theirs}/64`, 'dev', 'eth0', 'nodad');
    const resolver = await startDnsStub({ [blocked]: '192.0.2.7' }, ours, 53);
    cleanup.defer(() => resolver.close());
    const dig = async () => (await guest.exec(['dig', '+tries=1', '+time=5', `@${ours}`, blocked])).stdout;
    expect(await connects(guest.address(1), 853)).toBe(true);
    expect(await dig()).toContain('192.0.2.7');

    const file = '/etc/portcullis/gateway.json';
    const config = await guest.ok('cat', file);
    await writeInGuest(guest, file, config.replaceAll(/,\s*"\[[^"]*"/g, ''));
    await guest.ok('systemctl', 'restart', 'portcullis-gateway');
    expect(await scene.portcullis('engine', 'attach', '--machine-dns')).toMatchObject({ code: 0, stderr: '' });
    expect(await connects(guest.address(1), 853)).toBe(false);
    expect(await dig()).not.toContain('192.0.2.7');
    // A resolver of the machine's own, as systemd-resolved is, asks elsewhere for itself.
    expect((await guest.exec(['dig', '+tries=1', '+time=5', '@127.0.0.53', blocked])).stdout).toContain('NXDOMAIN');
    // Those are the gateway's own ways out too, and stay.
    const asGateway = ['setpriv', '--reuid=portcullis', '--clear-groups', 'dig', '+tries=1', `@${ours}`, blocked];
    expect((await guest.exec(asGateway)).stdout).toContain('192.0.2.7');
    await expectHeld();

    await writeInGuest(guest, file, config);
    await guest.ok('systemctl', 'restart', 'portcullis-gateway');
    expect(await scene.portcullis('engine', 'attach')).toMatchObject({ code: 0, stderr: '' });
    expect(await connects(guest.address(1), 853)).toBe(true);
    await expectHeld();
  });
});

describe('an attach that is killed', () => {
  const filesOf = () => scene.guest.ok('sh', '-c', 'cd /etc && find . -type f -exec sha256sum {} + | sort');

  it.each(['write /etc/systemd/system/docker.service.d/', 'load the wall', 'restart Docker Engine'])(
    'at "%s" is finished by doing it again, and leaves nothing after a detach',
    async (step) => {
      const { guest } = scene;
      expect(await scene.portcullis('engine', 'detach')).toMatchObject({ code: 0, stderr: '' });
      const before = await filesOf();
      // The file of its output is followed, because a pipe would hold up what it writes.
      await guest.sh(`
        ${CLI.join(' ')} engine attach --restart >/tmp/attach.log 2>&1 & attach=$!
        until grep -qF '${step}' /tmp/attach.log; do kill -0 $attach || exit 1; done
        kill -KILL $attach
        wait $attach`);
      expect(await guest.ok('cat', '/tmp/attach.log')).not.toContain('Attached:');
      expect((await scene.portcullis('engine', 'audit')).code).not.toBe(0);

      expect(await scene.portcullis('engine', 'attach', '--restart')).toMatchObject({ code: 0, stderr: '' });
      await scene.allow(ALLOWED);
      await expectHeld();
      expect(await scene.portcullis('engine', 'detach')).toMatchObject({ code: 0, stderr: '' });
      expect(await filesOf()).toBe(before);
      expect(await scene.portcullis('engine', 'attach')).toMatchObject({ code: 0, stderr: '' });
    },
  );
});
