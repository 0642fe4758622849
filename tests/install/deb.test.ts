import { cp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { buildGatewayDeb } from '../../build/linux/deb.ts';
import { releaseOf } from '../../build/release.ts';
import { runCommand, textOf } from '../../main/platform/process/run-command.ts';
import { type AttachScene, startAttachScene } from '../engine/attach-scene.ts';
import { ALLOWED, OTHER, REFUSAL } from '../engine/scene.ts';
import { startProcess, waitFor } from '../support/background-process.ts';
import { LIST_ETC, VM_FOLDER } from '../support/guest-etc.ts';
import { ISSUER } from '../support/policy-signer.ts';
import { PROJECT, writeInGuest } from '../support/systemd-guest.ts';

/** A machine's life with the package, in order: each step depends on the one before. */
let scene: AttachScene;
let untouched: string;
const debs = { now: '', next: '' };
const GATEWAY = 'portcullis-gateway';
const UNIT = 'portcullis-gateway.service';
const LIST = 'portcullis-engine-list.timer';
const KEYS = '/root/acme-keys.json';

beforeAll(async () => {
  const out = join(inject('built'), 'deb');
  const program = join(inject('built'), 'program/linux-x64');
  const release = releaseOf(PROJECT);
  const build = (version: string) =>
    buildGatewayDeb(PROJECT, program, out, { ...release, version, architecture: 'amd64', compression: 'none' });
  debs.now = await build(release.version);
  debs.next = await build('99.0.0');
  scene = await startAttachScene('nowhere');
  for (const deb of Object.values(debs)) await cp(deb, join(scene.guest.root, 'srv', basename(deb)));
  // Nothing here has to survive a power failure.
  await writeInGuest(scene.guest, '/etc/dpkg/dpkg.cfg.d/tests', 'force-unsafe-io\n');
  await writeInGuest(scene.guest, KEYS, JSON.stringify({ keys: [scene.signer.publicKey] }), 0o600);
  untouched = await stateOf();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

/** Every file below /etc with owner, mode and content; the rules of nftables; the interfaces; what else the gateway leaves. */
async function stateOf(): Promise<string> {
  const { stdout } = await scene.guest.sh(`
    ${LIST_ETC}
    nft -s list ruleset | grep -A999 portcullis
    ip -brief link | grep -v '^veth\\|^br-' | sed 's/ .*//'
    ls -d /var/lib/portcullis* /run/portcullis* /usr/lib/portcullis /usr/bin/portcullis /var/lib/dpkg/info/portcullis* 2>/dev/null | grep -v '^${VM_FOLDER}$'
    find /etc/systemd /var/lib/systemd/deb-systemd-helper-enabled -name '*portcullis*'
    debconf-get-selections 2>/dev/null | grep portcullis
    true`);
  return stdout;
}

type Answers = Partial<Record<'organizations' | 'policy-keys-file' | 'hub' | 'attach', string>>;

/** One `apt-get install` with a preseed, as an MDM calls it. */
async function install(deb: string, answers: Answers, ...options: string[]) {
  const lines = Object.entries(answers).map(([name, value]) => {
    const kind = name === 'attach' ? 'select' : 'string';
    return `${GATEWAY} ${GATEWAY}/${name} ${kind} ${value}`;
  });
  await writeInGuest(scene.guest, '/root/preseed', `${lines.join('\n')}\n`);
  await scene.guest.ok('debconf-set-selections', '/root/preseed');
  const apt = ['apt-get', 'install', '--quiet', '--yes', '--allow-downgrades', ...options];
  const { code, stdout, stderr } = await scene.guest.exec(
    ['env', 'DEBIAN_FRONTEND=noninteractive', ...apt, `/srv/${basename(deb)}`],
    { timeout: 300_000 },
  );
  return { code, said: stdout + stderr };
}

/** What only an attachment leaves. */
const ATTACHED =
  '/etc/portcullis/attachment /etc/systemd/system/portcullis-engine* /etc/systemd/system/*/50-portcullis.conf';

const good: Answers = { organizations: 'acme', 'policy-keys-file': KEYS, hub: ISSUER, attach: 'now' };

const purge = () => scene.guest.ok('dpkg', '--purge', GATEWAY);

async function pull(registry: string) {
  await scene.docker(['rmi', '--force', `${registry}/app:1`]);
  const { code, stdout, stderr } = await scene.docker(['pull', `${registry}/app:1`]);
  return { code, said: stdout + stderr };
}

const active = async () => (await scene.guest.sh(`systemctl is-active ${UNIT}`)).stdout.trim();

describe('the package', () => {
  it('is clean for lintian, but for what its overrides give a reason for', async () => {
    const { code, stdout } = textOf(
      await runCommand(['lintian', '--fail-on', 'error,warning', '--suppress-tags', COMPRESSION, debs.now], {
        timeout: 120_000,
      }),
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  it('is the same, byte by byte, when it is built again', async () => {
    const program = join(inject('built'), 'program/linux-x64');
    const options = { ...releaseOf(PROJECT), architecture: 'amd64', compression: 'none' } as const;
    const again = await buildGatewayDeb(PROJECT, program, join(inject('built'), 'again'), options);
    expect(textOf(await runCommand(['cmp', debs.now, again]))).toMatchObject({ code: 0, stdout: '' });
  });
});

/** Only packages for release are compressed. */
const COMPRESSION = 'uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball';

describe('an installation that cannot do all that was asked', () => {
  beforeAll(async () => {
    await writeInGuest(scene.guest, '/root/garbage.json', 'garbage');
    await writeInGuest(scene.guest, '/root/open.json', JSON.stringify({ keys: [scene.signer.publicKey] }));
    await scene.guest.ok('chmod', '666', '/root/open.json');
  });

  /** What the first attempt left. */
  let unpacked: string | undefined;

  it.each<[string, Answers, string | null, string | null, RegExp]>([
    ['an organization that no name can be', { organizations: 'acme\\corp\u0007' }, null, null, /portcullis: /],
    ['an organization without a key', { 'policy-keys-file': '' }, null, null, /block|key/i],
    [
      'a key file that is not there',
      { 'policy-keys-file': '/root/none' },
      null,
      null,
      /contains no policy keys\. \(ENOENT\)/,
    ],
    ['a key file that is none', { 'policy-keys-file': '/root/garbage.json' }, null, null, /contains no policy keys\./],
    [
      'a key file that anybody can change',
      { 'policy-keys-file': '/root/open.json' },
      null,
      null,
      /must belong to root/,
    ],
    ['a server that is none', { hub: 'example' }, null, null, /must be a URL/],
    [
      'a policy file that cannot be written',
      {},
      'mkdir -p /etc/portcullis/registry.json',
      'rmdir /etc/portcullis/registry.json',
      /registry\.json/,
    ],
    [
      'a policy file of somebody else with other content',
      {},
      `mkdir -p /etc/portcullis; echo '{"allowedOrgs":["globex"]}' >/etc/portcullis/registry.json`,
      'rm /etc/portcullis/registry.json',
      /is there already, with other content/,
    ],
    [
      'a service that cannot start',
      { attach: 'no' },
      `mkdir -p /etc/portcullis; echo '{}' >/etc/portcullis/gateway.json`,
      'rm /etc/portcullis/gateway.json',
      /does not start/,
    ],
    [
      'a service that dies at its start, with the engines to attach',
      {},
      `mkdir -p /etc/systemd/system/${UNIT}.d; printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' >/etc/systemd/system/${UNIT}.d/x.conf`,
      `rm -r /etc/systemd/system/${UNIT}.d`,
      /putting the machine back as it was/,
    ],
    [
      'no nft to attach with',
      {},
      'mv /usr/sbin/nft /usr/sbin/nft.away',
      'mv /usr/sbin/nft.away /usr/sbin/nft',
      /nft is not installed|install nftables/,
    ],
    [
      'an engine that has another proxy',
      { attach: 'next-restart' },
      `mkdir -p /etc/systemd/system/docker.service.d; printf '[Service]\\nEnvironment=HTTPS_PROXY=http://proxy.corp:8080\\n' >/etc/systemd/system/docker.service.d/http-proxy.conf; systemctl daemon-reload`,
      'rm -r /etc/systemd/system/docker.service.d; systemctl daemon-reload',
      /gives Docker Engine another proxy/,
    ],
  ])('fails on %s, and leaves nothing', async (_, answers, before, after, sentence) => {
    if (before !== null) await scene.guest.sh(before);
    try {
      const { code, said } = await install(debs.now, { ...good, ...answers });
      expect({ code, said }).toEqual({ code: 100, said: expect.stringMatching(sentence) });
      expect(said).toContain('the installation failed and was taken back');
      expect(await active()).not.toBe('active');
      expect((await scene.guest.sh(`ls -d ${ATTACHED} 2>/dev/null`)).stdout).toBe('');
    } finally {
      if (after !== null) await scene.guest.sh(after);
    }
    // Unpacked, as before this attempt, and nothing else.
    const left = (await stateOf()).replaceAll(/^portcullis-gateway\t.*$/gm, '');
    unpacked ??= left;
    expect(left).toBe(unpacked);
    expect(await pull(OTHER)).toMatchObject({ code: 0 });
  });

  it('leaves, until it succeeds or is purged, only the files of the package and its user', async () => {
    const lines = unpacked?.split('\n').filter((line) => !untouched.includes(line)) ?? [];
    const ours =
      /^(\.\/(passwd|group|g?shadow) |\.\/portcullis root 755 d|\/usr\/(lib|bin)\/portcullis$|\/var\/lib\/dpkg\/info\/|$)/;
    expect(lines.filter((line) => !ours.test(line))).toEqual([]);
    await purge();
    expect(await stateOf()).toBe(untouched);
  });
});

describe('a machine', () => {
  it('is restricted by one apt-get install with a preseed: one pull allowed, one blocked', async () => {
    const began = performance.now();
    const { code, said } = await install(debs.now, good);
    expect({ code, said }).toMatchObject({ code: 0 });
    const installed = performance.now();
    await waitFor('the engine', async () => (await scene.docker(['version'])).code === 0);
    // Nobody has signed in yet.
    expect(await pull(ALLOWED)).toMatchObject({ code: 1, said: expect.stringContaining('P-SIGN-IN') });
    await scene.allow(ALLOWED);
    expect(await pull(ALLOWED)).toMatchObject({ code: 0 });
    expect(await pull(OTHER)).toMatchObject({ code: 1, said: expect.stringContaining(REFUSAL) });
    const seconds = (from: number) => ((performance.now() - from) / 1000).toFixed(1);
    process.stdout.write(
      `from a fresh machine to both pulls: ${seconds(began)} s, of which apt-get ${((installed - began) / 1000).toFixed(1)} s\n`,
    );
    expect(await scene.portcullis('engine', 'audit')).toMatchObject({ code: 0 });
    expect(await active()).toBe('active');
  });

  it('has commands, manual and completions in their places', async () => {
    const { guest } = scene;
    expect(await guest.ok('portcullis', 'managed-config', 'check')).toContain(
      '/etc/portcullis/registry.json: present, organizations: acme\n/etc/portcullis/portcullis.json: present, keys for: acme\n',
    );
    const page = await guest.sh('zcat /usr/share/man/man1/portcullis.1.gz');
    expect(page.stdout).toContain('.B gateway run');
    const completed = await guest.sh(
      `bash -c '. /usr/share/bash-completion/completions/portcullis; COMP_WORDS=(portcullis gat); COMP_CWORD=1; _portcullis; echo "\${COMPREPLY[@]}"'`,
    );
    expect(completed.stdout.trim()).toBe('gateway');
    const zsh = await guest.sh(
      `zsh -fc 'fpath=(/usr/share/zsh/vendor-completions $fpath); autoload -U compinit; compinit -D; print -r -- $_comps[portcullis]'`,
    );
    expect(zsh).toMatchObject({ stdout: '_portcullis\n', stderr: '' });
    expect(await guest.ok('stat', '-c', '%U %a', '/etc/portcullis', '/etc/portcullis/registry.json')).toBe(
      'root 755\nroot 644\n',
    );
    expect(await guest.sh(`ps -o user= -p $(systemctl show -P MainPID ${UNIT})`)).toMatchObject({
      stdout: expect.stringMatching(/^portcul/),
    });
  });

  it('lists its engines each quarter of an hour, as long as nothing is attached', async () => {
    const { guest } = scene;
    expect(await guest.ok('systemctl', 'is-enabled', LIST)).toBe('enabled\n');
    expect(await guest.ok('systemctl', 'is-active', LIST)).toBe('active\n');
    await guest.ok('systemctl', 'start', LIST.replace('.timer', '.service'));
    // The audit of what is attached does this here.
    expect(await guest.ok('systemctl', 'show', '-P', 'ConditionResult', LIST.replace('.timer', '.service'))).toBe(
      'no\n',
    );
  });

  it('is upgraded in use: never open, nothing answered wrongly, and silent for less than a moment', async () => {
    const { guest } = scene;
    // Edited by the administrator, and no business of an upgrade.
    await guest.ok('sed', '-i', '1s/{/{ /', '/etc/portcullis/gateway.json', '/etc/portcullis/registry.json');
    const edited = await guest.ok('sha256sum', '/etc/portcullis/gateway.json', '/etc/portcullis/registry.json');
    await guest.ok('rm', KEYS);
    // As a version with other rules has left it.
    const guard = '/etc/portcullis/attachment/guard.sh';
    const rules = await guest.ok('cat', guard);
    await guest.ok('sed', '-i', '$a# of an older version', guard);
    const [address = ''] = z
      .object({ dns: z.object({ engine: z.array(z.string()) }) })
      .parse(JSON.parse(await guest.ok('cat', '/etc/portcullis/gateway.json')))
      .dns.engine.map((text) => text.replace(/:53$/, ''));
    const script = join(PROJECT, 'tests/support/install/ask-throughout.ts');
    const node = join(PROJECT, 'node_modules/.bin/node');
    await using asking = await startProcess(guest.within([node, script, address, ALLOWED, OTHER]));
    await waitFor('the questions', () => asking.output().includes('asking'));
    const engine = await guest.ok('systemctl', 'show', '-P', 'MainPID', 'docker');
    const before = await guest.ok('systemctl', 'show', '-P', 'MainPID', UNIT);
    const pulls: number[] = [];
    let done = false;
    const pulling = (async () => {
      while (!done) pulls.push((await pull(OTHER)).code ?? -1);
    })();
    const { code, said } = await install(debs.next, {});
    done = true;
    await pulling;
    expect({ code, said }).toMatchObject({ code: 0 });
    await guest.sh(`kill $(pgrep -f ask-throughout)`);
    const counts = z
      .object({
        asked: z.number(),
        answered: z.number(),
        wrong: z.number(),
        failed: z.number(),
        longestGapMs: z.number(),
        lost: z.object({ allowed: z.number(), blocked: z.number() }),
      })
      .parse(JSON.parse(await waitFor('the counts', () => /^\{.*\}$/m.exec(asking.output())?.[0])));
    process.stdout.write(`upgraded in use: ${JSON.stringify(counts)}, ${pulls.length} pulls\n`);
    expect(counts).toMatchObject({ wrong: 0, failed: 0 });
    // What was asked meanwhile has waited.
    expect(counts.lost).toEqual({ allowed: 0, blocked: 0 });
    expect(counts.answered).toBeGreaterThan(100);
    expect(pulls.length).toBeGreaterThan(0);
    expect(new Set(pulls)).toEqual(new Set([1]));
    expect(await guest.ok('systemctl', 'show', '-P', 'MainPID', UNIT)).not.toBe(before);
    expect(await guest.ok('systemctl', 'show', '-P', 'MainPID', 'docker')).toBe(engine);
    expect(await guest.ok('sha256sum', '/etc/portcullis/gateway.json', '/etc/portcullis/registry.json')).toBe(edited);
    expect(await pull(ALLOWED)).toMatchObject({ code: 0 });
    expect(await guest.ok('cat', guard)).toBe(rules);
    expect(await scene.portcullis('engine', 'audit')).toMatchObject({ code: 0 });
    expect(await scene.portcullis('engine', 'attach', '--again')).toMatchObject({
      ...{ code: 0, stdout: 'Nothing has changed.\n' },
    });
  });

  it('is downgraded: a state that the older gateway does not know blocks everything', async () => {
    const { guest } = scene;
    await guest.ok('sed', '-i', 's/"version":1/"version":2/', '/var/lib/portcullis/state.json');
    expect(await install(debs.now, {})).toMatchObject({ code: 0 });
    expect(await active()).toBe('active');
    expect(await pull(ALLOWED)).toMatchObject({ code: 1 });
    expect(await pull(OTHER)).toMatchObject({ code: 1 });
    expect((await scene.portcullis('gateway', 'status')).stdout).toContain('state-damaged');
    await scene.allow(ALLOWED);
    expect(await pull(ALLOWED)).toMatchObject({ code: 0 });
  });

  it('fails to upgrade where the wall of the new version cannot be loaded, and the one before holds', async () => {
    const { guest } = scene;
    await guest.ok('sed', '-i', '$a# of an older version', '/etc/portcullis/attachment/guard.sh');
    await guest.ok('mv', '/usr/sbin/nft', '/usr/sbin/nft.away');
    const { code, said } = await install(debs.next, {});
    expect({ code, said }).toEqual({
      code: 100,
      said: expect.stringContaining('still attached as the version before did it'),
    });
    expect(await pull(OTHER)).toMatchObject({ code: 1 });
    await guest.ok('mv', '/usr/sbin/nft.away', '/usr/sbin/nft');
    await guest.ok('dpkg', '--configure', GATEWAY);
    expect(await pull(OTHER)).toMatchObject({ code: 1 });
    expect(await scene.portcullis('engine', 'audit')).toMatchObject({ code: 0 });
    expect(await install(debs.now, {})).toMatchObject({ code: 0 });
  });

  it('keeps the service disabled through an upgrade, where root has disabled it', async () => {
    await scene.guest.ok('systemctl', 'disable', '--quiet', UNIT);
    expect(await install(debs.next, {})).toMatchObject({ code: 0 });
    expect((await scene.guest.sh(`systemctl is-enabled ${UNIT}`)).stdout.trim()).toBe('disabled');
    await scene.guest.ok('systemctl', 'enable', '--quiet', UNIT);
  });

  it('takes another answer by dpkg-reconfigure, and keeps what was there where that cannot be', async () => {
    const { guest } = scene;
    // As the package wrote it, before it was edited above.
    await guest.ok('sed', '-i', '1s/{ /{/', '/etc/portcullis/registry.json');
    const before = await guest.ok('cat', '/etc/portcullis/portcullis.json', '/etc/portcullis/registry.json');
    const reconfigure = async (name: string, value: string) => {
      await writeInGuest(guest, '/root/preseed', `${GATEWAY} ${GATEWAY}/${name} string ${value}\n`);
      await guest.ok('debconf-set-selections', '/root/preseed');
      const { code, stdout, stderr } = await guest.exec(['dpkg-reconfigure', '--frontend', 'noninteractive', GATEWAY]);
      return { code, said: stdout + stderr };
    };
    // The file with the keys was deleted above.
    expect(await reconfigure('issuer', 'https://login.acme.example')).toMatchObject({
      code: 1,
      said: expect.stringContaining('contains no policy keys'),
    });
    expect(await guest.ok('cat', '/etc/portcullis/portcullis.json', '/etc/portcullis/registry.json')).toBe(before);
    expect(await pull(ALLOWED)).toMatchObject({ code: 0 });
    await writeInGuest(guest, KEYS, JSON.stringify({ keys: [scene.signer.publicKey] }), 0o600);
    expect(await reconfigure('issuer', 'https://login.acme.example')).toMatchObject({ code: 0 });
    expect(await guest.ok('cat', '/etc/portcullis/portcullis.json')).toContain('https://login.acme.example');
    expect(await reconfigure('issuer', '')).toMatchObject({ code: 0 });
    await waitFor('the policy to be in force again', async () => (await pull(ALLOWED)).code === 0);
    expect(await scene.portcullis('engine', 'audit')).toMatchObject({ code: 0 });
  });

  it('is closed where the new version does not start, and the upgrade fails', async () => {
    const { guest } = scene;
    const folder = `/etc/systemd/system/${UNIT}.d`;
    await writeInGuest(guest, `${folder}/x.conf`, '[Service]\nExecStart=\nExecStart=/bin/false\n');
    const { code, said } = await install(debs.now, {});
    expect({ code, said }).toEqual({ code: 100, said: expect.stringContaining('does not start') });
    // This program lets go of no socket, as one would that finds it cannot start: connections to the proxy wait.
    for (const registry of [OTHER, ALLOWED]) {
      await scene.docker(['rmi', '--force', `${registry}/app:1`]);
      expect((await guest.sh(`timeout 15 docker pull ${registry}/app:1`)).code).not.toBe(0);
    }
    await guest.ok('rm', '-r', folder);
    await guest.ok('systemctl', 'daemon-reload');
    await guest.ok('dpkg', '--configure', GATEWAY);
    await waitFor('the gateway', async () => (await active()) === 'active');
    expect(await pull(ALLOWED)).toMatchObject({ code: 0 });
  });

  it('keeps configuration and state when the package is removed, and is free', async () => {
    const { guest } = scene;
    await guest.ok('apt-get', 'remove', '--yes', '--quiet', GATEWAY);
    expect(await guest.ok('cat', '/etc/portcullis/registry.json')).toContain('acme');
    expect(await guest.sh('ls /var/lib/portcullis/state.json')).toMatchObject({ code: 0 });
    expect((await guest.sh('nft list table inet portcullis_guard')).code).toBe(1);
    expect(await pull(OTHER)).toMatchObject({ code: 0 });
  });

  it('is restricted again by the next installation, and as it was before, byte by byte, when the package is purged', async () => {
    expect(await install(debs.now, good)).toMatchObject({ code: 0 });
    await waitFor('the engine', async () => (await scene.docker(['version'])).code === 0);
    expect(await pull(OTHER)).toMatchObject({ code: 1 });
    await purge();
    expect(await stateOf()).toBe(untouched);
    expect(await pull(OTHER)).toMatchObject({ code: 0 });
  });

  it('keeps what device management has put there', async () => {
    await writeInGuest(scene.guest, '/etc/portcullis/registry.json', '{"allowedOrgs":["globex"]}\n');
    expect(await install(debs.now, { organizations: '', attach: 'no' })).toMatchObject({ code: 0 });
    await purge();
    expect(await scene.guest.ok('cat', '/etc/portcullis/registry.json')).toContain('globex');
  });
});
