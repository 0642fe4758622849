import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDockerEngine } from '../../main/agent/engines/docker-engine.ts';
import { DIRECT_PROBE_SUFFIX, PROBE_SUFFIX } from '../../shared/probe-names.ts';
import { AttachmentAudit } from '../../shared/schemas/attachment.ts';
import type { ControlEventData } from '../../shared/schemas/control-schema.ts';
import { waitFor } from '../support/background-process.ts';
import { startDnsStub } from '../support/dns-stub.ts';
import { programWithBuildKit } from '../support/docker-cli.ts';
import { LIST_ETC } from '../support/guest-etc.ts';
import { writeInGuest } from '../support/systemd-guest.ts';
import { type AttachScene, startAttachScene } from './attach-scene.ts';
import { ALLOWED, OTHER, REFUSAL } from './scene.ts';

/** A machine's life, in order: each step depends on the one before. */
let scene: AttachScene;
/** What the machine was like before anything was attached. */
let untouched: string;
beforeAll(async () => {
  scene = await startAttachScene();
  untouched = await stateOf(scene);
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** Every file below /etc with owner, mode and content, the rules of nftables but for counters, and the interfaces. */
async function stateOf({ guest }: AttachScene): Promise<string> {
  const { stdout } = await guest.sh(`
    ${LIST_ETC}
    nft -s list table inet portcullis_guard 2>&1
    ip -brief link | grep -v '^veth\\|^br-' | sed 's/ .*//'`);
  return stdout;
}

async function auditOf({ portcullis }: AttachScene): Promise<{ code: number | null; codes: string[]; open: string[] }> {
  const { code, stdout, stderr } = await portcullis('engine', 'audit', '--json');
  if (stdout === '') throw new Error(stderr);
  const { findings } = AttachmentAudit.parse(JSON.parse(stdout));
  return {
    code,
    codes: findings.map(({ problem }) => problem.code).sort(),
    open: findings.filter(({ severity }) => severity === 'open').map(({ problem }) => problem.code),
  };
}

/** systemd refuses a fourth start within a minute, which only tests need. */
async function restart(unit: string): Promise<void> {
  await scene.guest.sh(`systemctl reset-failed ${unit}`);
  await scene.guest.ok('systemctl', 'restart', unit);
}

const seenByOther = (): number => scene.registries.other.requests().length;

/** Pulls from the registry that is not allowed: it must fail, and the registry must not have been asked. */
async function pullBlocked(image = `${OTHER}/app:1`): Promise<string> {
  const before = seenByOther();
  const { code, stdout, stderr } = await scene.docker(['pull', image]);
  expect({ code, seen: seenByOther() - before }).toEqual({ code: 1, seen: 0 });
  return stdout + stderr;
}

async function pullAllowed(): Promise<void> {
  await scene.docker(['rmi', '--force', `${ALLOWED}/app:1`]);
  const { code, stdout, stderr } = await scene.docker(['pull', `${ALLOWED}/app:1`]);
  expect({ code, said: stdout + stderr }).toMatchObject({ code: 0 });
}

describe('before anything is attached', () => {
  it('the engine pulls from anywhere, and the list names it with the command that attaches it', async () => {
    expect(await scene.docker(['pull', `${OTHER}/app:1`])).toMatchObject({ code: 0 });
    await scene.docker(['rmi', '--force', `${OTHER}/app:1`]);
    const { stdout } = await scene.portcullis('engine', 'list');
    expect(stdout).toMatch(/^Docker Engine \S+ +not attached, running, to attach it: sudo portcullis engine attach$/m);
    expect(await scene.portcullis('engine', 'audit')).toMatchObject({ code: 4 });
  });

  it('the plan shows files, rules and restarts, and changes nothing', async () => {
    const { code, stdout } = await scene.portcullis('engine', 'plan');
    expect(code).toBe(0);
    expect(stdout).toContain('+++ /etc/systemd/system/docker.service.d/50-portcullis.conf');
    expect(stdout).toContain('socket cgroupv2 level 2 @engines_2 jump engine');
    expect(stdout).toContain('Docker Engine has to be restarted before it can pull.');
    expect(await stateOf(scene)).toBe(untouched);
  });

  it('the plan names the containers that a restart would end', async () => {
    await scene.docker(['run', '--detach', '--name', 'long', 'app:1', 'sleep', '1000']);
    const { stdout } = await scene.portcullis('engine', 'plan');
    expect(stdout).toContain('which ends these containers: long.');
    await scene.docker(['rm', '--force', 'long']);
  });

  it.each([
    [
      'a proxy that would win over the gateway',
      '/etc/systemd/system/docker.service.d/http-proxy.conf',
      '[Service]\nEnvironment=HTTPS_PROXY=http://proxy.corp:8080\n',
      'http-proxy.conf, line 2, gives Docker Engine another proxy',
    ],
    [
      'proxies in daemon.json',
      '/etc/docker/daemon.json',
      '{\n  "proxies": { "https-proxy": "http://proxy.corp:8080" }\n}\n',
      'daemon.json, line 2, gives Docker Engine another proxy',
    ],
  ])('attach refuses %s, and changes nothing', async (_, file, content, said) => {
    await writeInGuest(scene.guest, file, content);
    await scene.guest.ok('systemctl', 'daemon-reload');
    const before = await stateOf(scene);
    const { code, stdout, stderr } = await scene.portcullis('engine', 'attach');
    expect({ code, said: stdout + stderr }).toMatchObject({ code: 1, said: expect.stringContaining(said) });
    expect(await stateOf(scene)).toBe(before);
    await scene.guest.sh(`rm -f ${file}; rmdir /etc/systemd/system/docker.service.d; systemctl daemon-reload`);
    expect(await stateOf(scene)).toBe(untouched);
  });

  it('attach refuses without nft, and says what to install', async () => {
    await scene.guest.ok('mv', '/usr/sbin/nft', '/usr/sbin/nft.away');
    const { code, stdout } = await scene.portcullis('engine', 'attach');
    await scene.guest.ok('mv', '/usr/sbin/nft.away', '/usr/sbin/nft');
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('apt-get install nftables') });
    expect(await stateOf(scene)).toBe(untouched);
  });
});

describe('attached, the engine not restarted', () => {
  it('is one command', async () => {
    const { code, stdout, stderr } = await scene.portcullis('engine', 'attach');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('The wall is up.');
  });

  it('holds the running engine at once: names, addresses and what is written in its hosts file', async () => {
    const asked = scene.upstream.asked.length;
    await pullBlocked();
    expect(scene.upstream.asked.slice(asked).map(({ name }) => name)).not.toContain(OTHER);
    expect(await pullBlocked(`${scene.guest.address(11)}/app:1`)).toContain('no route to host');
    const { guest } = scene;
    await guest.sh(`cp -p /etc/hosts /tmp/hosts; echo '${guest.address(11)} ${OTHER}' >>/etc/hosts`);
    // The engine reads its hosts file anew every few seconds.
    await waitFor('the engine to read its hosts file', async () => /no route to host/.test(await pullBlocked()));
    await guest.ok('cp', '-p', '/tmp/hosts', '/etc/hosts');
  });

  it('the audit says what is not done yet, and no way past', async () => {
    expect(await auditOf(scene)).toEqual({
      code: 4,
      codes: ['attachment-proxy-missing', 'attachment-proxy-missing'],
      open: [],
    });
  });
});

describe('attached, with the engine restarted', () => {
  it('is the same command again', async () => {
    const { code, stderr } = await scene.portcullis('engine', 'attach', '--restart');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await scene.allow(ALLOWED);
    expect(await auditOf(scene)).toEqual({ code: 0, codes: [], open: [] });
  });

  it('changes nothing when done once more', async () => {
    const before = await stateOf(scene);
    const { stdout } = await scene.portcullis('engine', 'plan');
    expect(stdout).toContain('No file changes.');
    expect(stdout).not.toContain('has to be restarted');
    expect(await scene.portcullis('engine', 'attach')).toMatchObject({ code: 0 });
    // The record has a new time.
    const apart = (state: string) => state.replaceAll(/.*attachment\.json.*\n/g, '');
    expect(apart(await stateOf(scene))).toBe(apart(before));
  });

  it('pulls from, pushes to and logs in at what is allowed', async () => {
    await pullAllowed();
    await scene.docker(['tag', 'app:1', `${ALLOWED}/mine:1`]);
    expect(await scene.docker(['push', `${ALLOWED}/mine:1`])).toMatchObject({ code: 0 });
    const login = await scene.docker(['login', '--username', 'mia', '--password-stdin', ALLOWED], { input: 'x' });
    expect(login).toMatchObject({ code: 0 });
  });

  it('blocks the rest with the sentence', async () => {
    expect(await pullBlocked()).toContain(REFUSAL);
    expect(await pullBlocked(`${scene.guest.address(11)}/app:1`)).toContain('is blocked by acme.');
    await scene.docker(['tag', 'app:1', `${OTHER}/mine:1`]);
    const push = await scene.docker(['push', `${OTHER}/mine:1`]);
    expect(push.stdout + push.stderr).toContain(REFUSAL);
  });

  it('builds from what is allowed and not from the rest, with and without BuildKit', async () => {
    const cli = { run: scene.docker, ok: async () => '', [Symbol.asyncDispose]: async () => undefined };
    const program = await programWithBuildKit(cli);
    if (program === null) throw new Error('no docker command of this machine has BuildKit');
    for (const [DOCKER_BUILDKIT, client] of [
      ['0', 'docker'],
      ['1', program],
    ] as const) {
      const build = (input: string) =>
        scene.docker(['build', '-'], { input, env: { DOCKER_BUILDKIT }, program: client });
      const built = await build(
        `FROM ${ALLOWED}/app:1\nRUN ["/usr/bin/busybox", "nslookup", "-type=a", "${ALLOWED}"]\n`,
      );
      expect(built.code === 0 ? '' : built.stdout + built.stderr).toBe('');
      const lookUp = `FROM ${ALLOWED}/app:1\nRUN ["/usr/bin/busybox", "nslookup", "-type=a", "registry-1.docker.io"]\n`;
      expect(await build(lookUp)).toMatchObject({ code: 1 });
      const refused = await build(`FROM ${OTHER}/app:1\n`);
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stdout + refused.stderr).toContain(REFUSAL);
    }
  });

  it('leaves containers their network: published ports on localhost, by hairpin, and user networks', async () => {
    const { docker, guest } = scene;
    const busybox = '/usr/bin/busybox';
    await docker(['network', 'create', 'mine']);
    const serve = ['app:1', busybox, 'httpd', '-f', '-p', '80', '-h', '/etc'];
    expect(
      await docker(['run', '--detach', '--name', 'web', '--network', 'mine', '--publish', '8080:80', ...serve]),
    ).toMatchObject({ code: 0 });
    const get = (...from: string[]) => [...from, busybox, 'wget', '-q', '-O', '-'];
    await waitFor(
      'the published port',
      async () => (await guest.exec(get().concat('http://127.0.0.1:8080/hostname'))).code === 0,
    );
    expect(await guest.exec(get().concat(`http://${guest.address(2)}:8080/hostname`))).toMatchObject({ code: 0 });
    const container = (network: string, url: string) =>
      docker([...get('run', '--rm', '--network', network, 'app:1'), url]);
    expect(await container('mine', 'http://web/hostname')).toMatchObject({ code: 0 });
    expect(await container('bridge', `http://${guest.address(2)}:8080/hostname`)).toMatchObject({ code: 0 });
    await docker(['rm', '--force', 'web']);
  });

  it.each([
    ['the default network', ['bridge']],
    ['a user network', ['mine']],
    ['a resolver of its own', ['bridge', '--dns', '192.0.2.1']],
    ['a resolver of its own in a user network', ['mine', '--dns', '192.0.2.1']],
  ])('filters what containers look up, on %s', async (_, [network = '', ...more]) => {
    const look = (name: string) =>
      scene.docker([
        'run',
        '--rm',
        '--network',
        network,
        ...more,
        'app:1',
        '/usr/bin/busybox',
        'nslookup',
        '-type=a',
        name,
      ]);
    expect((await look(ALLOWED)).stdout).toContain(scene.guest.address(10));
    const asked = scene.upstream.asked.length;
    const blocked = await look('registry-1.docker.io');
    expect(blocked.stdout + blocked.stderr).toMatch(/NXDOMAIN|can't find/);
    expect(scene.upstream.asked.slice(asked).map(({ name }) => name)).not.toContain('registry-1.docker.io');
  });

  it('is proven by both probes through the engine', async () => {
    const control = await scene.control();
    const seen: ControlEventData<'probe'>[] = [];
    control.on('probe', (sighting) => seen.push(sighting));
    await control.call('subscribe', {});
    const engine = createDockerEngine({
      kind: 'linux',
      name: 'Docker Engine',
      socket: `unix://${scene.guest.dockerSocket}`,
    });
    for (const [suffix, wall] of [
      [PROBE_SUFFIX, 'proxy'],
      [DIRECT_PROBE_SUFFIX, 'dns'],
    ] as const) {
      const nonce = randomBytes(16).toString('hex');
      expect(await engine.probe(`n${nonce}.${suffix}`, AbortSignal.timeout(60_000))).toMatchObject({ kind: 'denied' });
      await waitFor('the probe', () => seen.find((event) => event.nonce === nonce && event.wall === wall));
    }
    control.close();
  });

  it('keeps strangers on the network from the gateway', async () => {
    const { dns } = JSON.parse(await readFile(join(scene.guest.root, 'etc/portcullis/gateway.json'), 'utf8'));
    const [address = ''] = String(dns.workload[0]).split(':');
    const { stdout } = await scene.guest.exec(['dig', '+short', '+tries=1', `@${address}`, ALLOWED]);
    expect(stdout).toContain(scene.guest.address(10));
    // From this machine, by the guest's own address as the way.
    const cable = `${scene.guest.address(2)}`;
    const { runCommand, textOf } = await import('../../main/platform/process/run-command.ts');
    await runCommand(['ip', 'route', 'add', `${address}/32`, 'via', cable]);
    try {
      const { code } = textOf(await runCommand(['dig', '+short', '+tries=1', '+time=2', `@${address}`, ALLOWED]));
      expect(code).toBe(9);
    } finally {
      await runCommand(['ip', 'route', 'delete', `${address}/32`]);
    }
  });
});

describe('ways past', () => {
  /** Does it, expects it blocked, and puts everything back. */
  async function tried(attempt: string, undo: string, during: () => Promise<void>): Promise<void> {
    const { code, stderr } = await scene.guest.sh(`set -e; ${attempt}`);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    try {
      await during();
    } finally {
      await scene.guest.sh(undo);
      await scene.guest.sh(
        'systemctl daemon-reload; systemctl restart portcullis-engine-guard; systemctl reset-failed docker; systemctl restart docker',
      );
    }
    await waitFor('the audit to be content', async () => (await auditOf(scene)).code === 0);
  }
  const dropIn = '/etc/systemd/system/docker.service.d/zz.conf';
  const override = (lines: string) =>
    `printf '[Service]\\n${lines}\\n' >${dropIn}; systemctl daemon-reload; systemctl reset-failed docker; systemctl restart docker`;

  it('the proxy taken out of the environment: blocked by the wall, and reported', () =>
    tried(override('UnsetEnvironment=HTTPS_PROXY HTTP_PROXY https_proxy http_proxy'), `rm ${dropIn}`, async () => {
      await pullBlocked();
      await pullBlocked(`${scene.guest.address(11)}/app:1`);
      expect(await auditOf(scene)).toMatchObject({ code: 4, open: [], codes: ['attachment-proxy-missing'] });
    }));

  it('a mirror', () =>
    tried(
      `mkdir -p /etc/docker; printf '{"registry-mirrors":["https://${OTHER}"]}' >/etc/docker/daemon.json; systemctl restart docker`,
      'rm /etc/docker/daemon.json',
      async () => {
        await pullBlocked('docker.io/library/app:1');
      },
    ));

  it('another slice: still behind the wall', () =>
    tried(override('Slice=elsewhere.slice'), `rm ${dropIn}`, async () => {
      expect((await scene.guest.ok('systemctl', 'show', '-P', 'ControlGroup', 'docker')).trim()).toBe(
        '/elsewhere.slice/docker.service',
      );
      await pullBlocked(`${scene.guest.address(11)}/app:1`);
      expect((await auditOf(scene)).open).toEqual([]);
    }));

  it('a start without the guard, whose control group is another one than before: reported, and healed by the audit', async () => {
    const audits = 'portcullis-engine-audit.timer portcullis-engine-audit.path';
    await scene.guest.sh(`systemctl stop ${audits}`);
    await tried(override('ExecStartPre=\\nExecStartPost='), `rm ${dropIn}; systemctl start ${audits}`, async () => {
      const open = ['attachment-engine-outside-wall', 'attachment-start-not-guarded'];
      expect((await auditOf(scene)).open).toEqual(open);
      await scene.guest.ok('systemctl', 'start', 'portcullis-engine-audit.service');
      expect((await auditOf(scene)).open).toEqual(['attachment-start-not-guarded']);
      await pullBlocked(`${scene.guest.address(11)}/app:1`);
    });
  });

  it('the same, with the audit that each start of the engine brings: healed at once', () =>
    tried(override('ExecStartPre='), `rm ${dropIn}`, async () => {
      await waitFor('the audit to heal it', async () => (await auditOf(scene)).open.length === 1);
      await pullBlocked(`${scene.guest.address(11)}/app:1`);
    }));

  it('an engine started by hand: reported as a way past', async () => {
    await scene.guest.sh(
      'systemctl stop docker docker.socket; setsid dockerd >/tmp/dockerd.log 2>&1 & sleep 0; while ! docker version >/dev/null 2>&1; do :; done',
    );
    expect((await auditOf(scene)).open).toEqual(['attachment-stray-engine']);
    await scene.guest.sh(
      'kill $(pidof dockerd); while pidof dockerd; do :; done; systemctl start docker.socket docker',
    );
    await waitFor('the audit to be content', async () => (await auditOf(scene)).code === 0);
  });

  it.each(['start', 'restart', 'reload', 'stop'])(
    "nftables' own %s, which flushes all rules: the wall is there again",
    async (verb) => {
      await scene.guest.sh(`systemctl ${verb} nftables`);
      expect((await auditOf(scene)).open).toEqual([]);
      // Docker's own rules are gone with the flush; the engine puts them back when it starts.
      await restart('docker');
      await pullBlocked();
      await pullAllowed();
    },
  );

  it('all rules flushed by hand: reported and healed within a minute, without anybody', async () => {
    const { guest } = scene;
    const file = join(guest.root, 'run/portcullis-attachment/audit.json');
    await guest.ok('nft', 'flush', 'ruleset');
    const found = await waitFor(
      'the audit to see it',
      async () => {
        const { findings } = AttachmentAudit.parse(JSON.parse(await readFile(file, 'utf8')));
        return findings.length > 0 && findings;
      },
      90_000,
    );
    expect(found.map(({ severity, problem }) => [severity, problem.code])).toEqual([['open', 'attachment-wall-gone']]);
    await waitFor('the wall', async () => (await guest.sh('nft list table inet portcullis_guard')).code === 0);
    await restart('docker');
    await pullBlocked(`${guest.address(11)}/app:1`);
  });

  it.each([
    ['docker', 'containerd'],
    ['containerd', 'docker'],
    ['portcullis-engine-guard', 'docker'],
    ['docker', 'portcullis-gateway'],
  ])('restarts of %s and %s', async (first, second) => {
    await restart(first);
    await restart(second);
    await waitFor(
      'the gateway',
      async () =>
        (await scene.control().then(
          (client) => client.close(),
          () => 'no',
        )) !== 'no',
    );
    await pullBlocked();
    await pullBlocked(`${scene.guest.address(11)}/app:1`);
    await pullAllowed();
    expect((await auditOf(scene)).codes).toEqual([]);
  });

  it('an engine that is only asked for its version, as another audit does, is no engine past its service', async () => {
    const { guest } = scene;
    await guest.ok('systemd-run', '--unit=asked', 'sh', '-c', 'while :; do dockerd --version; containerd -v; done');
    onTestFinished(async () => void (await guest.ok('systemctl', 'stop', 'asked')));
    for (let round = 0; round < 3; round++) expect((await auditOf(scene)).codes).toEqual([]);
  });

  it.each([
    ['a rule removed', 'nft delete chain inet portcullis_guard engine_dns', ['attachment-wall-changed']],
    ['a rule added', 'nft insert rule inet portcullis_guard engine accept', ['attachment-wall-changed']],
    [
      'the engine taken out of the set',
      'nft flush set inet portcullis_guard engines_2',
      ['attachment-engine-outside-wall', 'attachment-engine-outside-wall'],
    ],
  ])('%s: reported, and healed by the audit', async (_, command, open) => {
    // The audit of the machine itself must not come first.
    await scene.guest.sh('systemctl stop portcullis-engine-audit.timer portcullis-engine-audit.path');
    await scene.guest.ok('sh', '-c', command);
    expect((await auditOf(scene)).open).toEqual(open);
    await scene.guest.ok('systemctl', 'start', 'portcullis-engine-audit.timer', 'portcullis-engine-audit.path');
    await scene.guest.ok('systemctl', 'start', 'portcullis-engine-audit.service');
    await waitFor('the wall to be as it was', async () => (await auditOf(scene)).code === 0);
  });

  it.each([
    [
      'a drop-in edited',
      "sed -i 's/^Environment.*//' /etc/systemd/system/docker.service.d/50-portcullis.conf",
      /^\/etc\/systemd\/system\/docker\.service\.d\/50-portcullis\.conf was changed in line 6\.$/,
    ],
    [
      'a drop-in removed',
      'rm /etc/systemd/system/containerd.service.d/50-portcullis.conf',
      /containerd\.service\.d\/50-portcullis\.conf is gone\.$/,
    ],
    ['the guard emptied', ': >/etc/portcullis/attachment/guard.sh', /guard\.sh was changed in line 1\.$/],
    ['a unit disabled', 'systemctl stop portcullis-engine-guard', /service that loads the wall at boot is not active/],
  ])('%s: named by file, line and fix', async (_, command, sentence) => {
    await scene.guest.ok('sh', '-c', command);
    const { stdout } = await scene.portcullis('engine', 'audit', '--json');
    const { findings } = AttachmentAudit.parse(JSON.parse(stdout));
    expect(findings.map(({ problem }) => problem.message)).toContainEqual(expect.stringMatching(sentence));
    expect(await scene.portcullis('engine', 'attach', '--restart')).toMatchObject({ code: 0 });
    await waitFor('the audit to be content', async () => (await auditOf(scene)).code === 0);
  });
});

describe('a guard that cannot work', () => {
  it('keeps the engine from starting, and the journal says why', async () => {
    const { guest } = scene;
    await guest.ok('mv', '/usr/sbin/nft', '/usr/sbin/nft.away');
    try {
      expect(await guest.exec(['systemctl', 'restart', 'docker'])).toMatchObject({ code: 1 });
      const { stdout } = await guest.sh('journalctl -u docker --no-pager -n 50');
      expect(stdout).toContain('portcullis: nft is not installed; install nftables');
    } finally {
      await guest.ok('mv', '/usr/sbin/nft.away', '/usr/sbin/nft');
    }
    await guest.sh('systemctl reset-failed docker; systemctl restart docker');
    await pullBlocked();
  });

  it('nor does it start in a control group that lies deeper than the wall can match', async () => {
    const { guest } = scene;
    const file = '/etc/systemd/system/docker.service.d/zz.conf';
    await writeInGuest(guest, file, '[Service]\nSlice=a-b-c-d.slice\n');
    await guest.sh('systemctl daemon-reload; systemctl reset-failed docker');
    expect(await guest.exec(['systemctl', 'restart', 'docker'])).toMatchObject({ code: 1 });
    await guest.ok('rm', file);
    await guest.sh('systemctl daemon-reload; systemctl reset-failed docker; systemctl restart docker');
    await pullBlocked();
  });

  it.each(['guard.nft', 'guard.sh'])('nor does it start without %s', async (name) => {
    const { guest } = scene;
    const file = `/etc/portcullis/attachment/${name}`;
    await guest.ok('mv', file, '/tmp/away');
    await guest.ok('nft', 'delete', 'table', 'inet', 'portcullis_guard');
    await guest.sh('systemctl reset-failed docker');
    expect(await guest.exec(['systemctl', 'restart', 'docker'])).toMatchObject({ code: 1 });
    expect((await auditOf(scene)).open).toContain('attachment-file-missing');
    await guest.ok('mv', '/tmp/away', file);
    await guest.sh(
      'systemctl restart portcullis-engine-guard; systemctl reset-failed docker; systemctl restart docker',
    );
    await pullBlocked();
  });

  it('rules that were changed and loaded are a way past', async () => {
    const { guest } = scene;
    await guest.ok('cp', '-p', '/etc/portcullis/attachment/guard.nft', '/tmp/guard.nft');
    await guest.ok('sed', '-i', '/admin-prohibited/d', '/etc/portcullis/attachment/guard.nft');
    await guest.ok('systemctl', 'restart', 'portcullis-engine-guard');
    expect((await auditOf(scene)).open).toEqual(['attachment-wall-changed', 'attachment-file-changed']);
    await guest.ok('cp', '-p', '/tmp/guard.nft', '/etc/portcullis/attachment/guard.nft');
    await guest.ok('systemctl', 'restart', 'portcullis-engine-guard');
    await waitFor('the audit to be content', async () => (await auditOf(scene)).code === 0);
  });
});

describe('a reboot', () => {
  it('with the gateway dead: nothing passes; with it alive again: it heals without a restart of the engine', async () => {
    const { guest } = scene;
    await guest.ok('systemctl', 'mask', '--quiet', 'portcullis-gateway');
    await guest.reboot();
    await waitFor('the engine', async () => (await scene.docker(['version'])).code === 0);
    for (const image of [`${OTHER}/app:1`, `${ALLOWED}/app:2`, `${guest.address(11)}/app:1`]) await pullBlocked(image);
    const engine = await guest.ok('systemctl', 'show', '-P', 'MainPID', 'docker');
    await guest.ok('systemctl', 'unmask', '--quiet', 'portcullis-gateway');
    await guest.ok('systemctl', 'start', 'portcullis-gateway');
    await waitFor(
      'the gateway',
      async () =>
        (await scene.control().then(
          (client) => client.close(),
          () => 'no',
        )) !== 'no',
    );
    await pullAllowed();
    expect(await pullBlocked()).toContain(REFUSAL);
    expect(await guest.ok('systemctl', 'show', '-P', 'MainPID', 'docker')).toBe(engine);
    await waitFor('the audit to be content', async () => (await auditOf(scene)).code === 0);
  });
});

describe('detached', () => {
  it('leaves nothing behind, byte by byte, and the engine pulls from anywhere', async () => {
    const { code, stderr } = await scene.portcullis('engine', 'detach');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await stateOf(scene)).toBe(untouched);
    expect(await scene.docker(['pull', `${OTHER}/app:1`])).toMatchObject({ code: 0 });
    expect(await scene.portcullis('engine', 'detach')).toMatchObject({ code: 0, stdout: 'Nothing is attached.\n' });
  });

  it('a gateway elsewhere can be attached to, by its addresses', async () => {
    const { guest } = scene;
    // Its answers show that it was asked; nobody else knows this name.
    const elsewhere = await startDnsStub(
      ({ name, type }) => (type === 'A' ? [{ type, name, ttl: 0, data: '192.0.2.9' }] : []),
      guest.address(12),
      53,
    );
    try {
      const attached = await scene.portcullis('engine', 'attach', '--gateway', `${guest.address(12)}:53`);
      expect(attached).toMatchObject({ code: 0, stderr: '' });
      const message = await pullBlocked();
      expect(message).toContain('192.0.2.9');
      expect(await scene.portcullis('engine', 'detach')).toMatchObject({ code: 0 });
      expect(await stateOf(scene)).toBe(untouched);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('where nftables cannot match control groups', () => {
  /** An nft that refuses what the kernel of WSL 2 refuses. */
  const WITHOUT = `#!/bin/sh
input=$(cat)
case "$input" in *cgroupv2*) echo "Error: Could not process rule: No such file or directory" >&2; exit 1 ;; esac
printf '%s\\n' "$input" | exec /usr/sbin/nft.away "$@"
`;
  it("systemd's packet filter is the wall instead, which is found out by trying", async () => {
    await scene.guest.ok('mv', '/usr/sbin/nft', '/usr/sbin/nft.away');
    await writeInGuest(scene.guest, '/usr/sbin/nft', WITHOUT, 0o755);
    await scene.guest.sh('systemctl reset-failed docker containerd');
    const attached = await scene.portcullis('engine', 'attach', '--restart');
    expect(attached).toMatchObject({ code: 0, stderr: '' });
    await scene.allow(ALLOWED);
    await pullAllowed();
    expect(await pullBlocked()).toContain(REFUSAL);
    expect((await auditOf(scene)).codes).toEqual([]);
  });

  it('holds without the proxy too, by name and by address', async () => {
    await writeInGuest(
      scene.guest,
      '/etc/systemd/system/docker.service.d/zz.conf',
      '[Service]\nUnsetEnvironment=HTTPS_PROXY HTTP_PROXY https_proxy http_proxy\n',
    );
    await scene.guest.ok('systemctl', 'daemon-reload');
    await restart('docker');
    await pullBlocked();
    await pullBlocked(`${scene.guest.address(11)}/app:1`);
    expect(await auditOf(scene)).toMatchObject({ open: [], codes: ['attachment-proxy-missing'] });
  });

  it('reports as a way past where the filter is taken away', async () => {
    await writeInGuest(
      scene.guest,
      '/etc/systemd/system/docker.service.d/zz.conf',
      '[Service]\nIPAddressDeny=\nIPAddressAllow=\n',
    );
    await scene.guest.ok('systemctl', 'daemon-reload');
    await restart('docker');
    expect((await auditOf(scene)).open).toEqual(['attachment-start-not-guarded']);
    await scene.guest.ok('rm', '/etc/systemd/system/docker.service.d/zz.conf');
    await scene.guest.ok('systemctl', 'daemon-reload');
    await restart('docker');
  });

  it('is detached without a trace', async () => {
    expect(await scene.portcullis('engine', 'detach')).toMatchObject({ code: 0, stderr: '' });
    await scene.guest.ok('mv', '/usr/sbin/nft.away', '/usr/sbin/nft');
    expect(await stateOf(scene)).toBe(untouched);
  });
});
