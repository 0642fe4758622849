import { cp, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { buildHubDeb } from '../../build/linux/deb.ts';
import { buildHubRpm } from '../../build/linux/rpm.ts';
import { releaseOf } from '../../build/release.ts';
import { createAuthority } from '../../main/demo/outside/certificates.ts';
import { runCommand, textOf } from '../../main/platform/process/run-command.ts';
import manifest from '../../package.json' with { type: 'json' };
import { DESKTOP_CLIENT_ID } from '../../shared/schemas/hub-schema.ts';
import { startProcess, waitFor } from '../support/background-process.ts';
import { startCompanyProxy } from '../support/company-proxy.ts';
import { LIST_ETC, VM_FOLDER } from '../support/guest-etc.ts';
import { startHub } from '../support/hub.ts';
import { CALLBACK } from '../support/hub-client.ts';
import { buildPackages } from '../support/install/build-packages.ts';
import { installInGuest, PROJECT, type SystemdGuest, startGuest, writeInGuest } from '../support/systemd-guest.ts';
import { TestBrowser } from '../support/test-browser.ts';

/** A server's life with the hub's packages, in order: each step depends on the one before. */
const HUB = 'portcullis-hub';
const UNIT = 'portcullis-hub.service';
const DATA = '/var/lib/portcullis-hub';
const NAME = 'portcullis.example.com';
const PASSWORD = 'correct horse battery';
const ca = createAuthority();
const program = () => join(inject('built'), 'hub-program/linux-x64');
const packages = { now: '', next: '', rpm: '' };
let guest: SystemdGuest;
let untouched: string;

const run = async (...command: string[]) => textOf(await runCommand(command, { timeout: 120_000 }));

beforeAll(async () => {
  const out = join(inject('built'), 'hub');
  const release = releaseOf(PROJECT);
  const deb = (version: string) =>
    buildHubDeb(PROJECT, program(), out, { ...release, version, architecture: 'amd64', compression: 'none' });
  packages.now = await deb(release.version);
  packages.next = await deb('99.0.0');
  packages.rpm = await buildHubRpm(PROJECT, program(), out, {
    ...release,
    architecture: 'x86_64',
    compression: 'fast',
  });
  guest = await startGuest({ hostOctets: [1], ca: ca.certificate });
  for (const path of Object.values(packages)) await cp(path, join(guest.root, 'srv', basename(path)));
  // Nothing here has to survive a power failure.
  await writeInGuest(guest, '/etc/dpkg/dpkg.cfg.d/tests', 'force-unsafe-io\n');
  await installInGuest(guest, 'nginx-light');
  await guest.sh('rm -f /etc/nginx/sites-enabled/*');
  untouched = await stateOf();
});
afterAll(() => guest?.[Symbol.asyncDispose]());

/** Every file below /etc with owner, mode and content, and what else the hub leaves. */
async function stateOf(): Promise<string> {
  const { stdout } = await guest.sh(`
    ${LIST_ETC}
    ls -d /var/lib/portcullis* /usr/lib/portcullis* /usr/bin/portcullis* /var/lib/dpkg/info/portcullis* 2>/dev/null | grep -v '^${VM_FOLDER}$'
    find /etc/systemd /var/lib/systemd/deb-systemd-helper-enabled -name '*portcullis*'
    debconf-get-selections 2>/dev/null | grep portcullis
    true`);
  return stdout;
}

/** One `apt-get install` with a preseed. */
async function install(deb: string, answers: Partial<Record<'organization' | 'public-url', string>> = {}) {
  const lines = Object.entries(answers).map(([name, value]) => `${HUB} ${HUB}/${name} string ${value}`);
  await writeInGuest(guest, '/root/preseed', `${lines.join('\n')}\n`);
  await guest.ok('debconf-set-selections', '/root/preseed');
  const apt = ['apt-get', 'install', '--quiet', '--yes', '--allow-downgrades', `/srv/${basename(deb)}`];
  const { code, stdout, stderr } = await guest.exec(['env', 'DEBIAN_FRONTEND=noninteractive', ...apt]);
  return { code, said: stdout + stderr };
}

const good = { organization: 'acme', 'public-url': `https://${NAME}` };
const active = async () => (await guest.sh(`systemctl is-active ${UNIT}`)).stdout.trim();
const purge = () => guest.ok('dpkg', '--purge', HUB);

const NODE = join(PROJECT, 'node_modules/.bin/node');

/** Asks the hub on its own machine, by its address. @returns the status, and what it said */
async function ask(path: string): Promise<string> {
  const script = `fetch('http://127.0.0.1:8480${path}').then(async (a) => console.log(a.status, await a.text()), (e) => console.log(String(e.cause)))`;
  return (await guest.exec([NODE, '--eval', script])).stdout.trim();
}

/** Through nginx, from another machine. */
async function browse(path: string, form?: Record<string, string>, headers: Record<string, string> = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>();
  const body = form === undefined ? undefined : new URLSearchParams(form).toString();
  const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const options = { servername: NAME, ca: ca.certificate, method: body === undefined ? 'GET' : 'POST' };
  const asked = request(
    { host: `${guest.subnet}.2`, path, ...options, headers: { host: NAME, ...type, ...headers } },
    async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      resolve({ status: answer.statusCode, text });
    },
  );
  asked.on('error', reject).end(body);
  return promise;
}

describe('the program of the hub', () => {
  it('is the same, byte by byte, when it is built again', async () => {
    const again = join(inject('built'), 'hub-again');
    await buildPackages(again, 'hub-program', 'linux-x64');
    expect(await run('diff', '--recursive', '--brief', program(), join(again, 'hub-program/linux-x64'))).toMatchObject({
      code: 0,
      stdout: '',
    });
  });

  it('serves as the one from source does, its threads included', async () => {
    const hub = await startHub({ command: [join(program(), HUB)] });
    try {
      const registries = Array.from({ length: 30_000 }, (_, index) => ({ address: `r${index}.example` }));
      const saved = await hub.putSettings('acme', { registries });
      expect(saved).toMatchObject({ revision: 2 });
      expect(saved.registries).toHaveLength(30_000);
    } finally {
      await hub.stop();
    }
  });

  it('asks an identity provider through a proxy', async () => {
    const proxy = await startCompanyProxy(() => ({ status: 403 }));
    const clientSecretFile = join(inject('built'), 'identity-secret');
    await writeFile(clientSecretFile, 'a secret of the tests', { mode: 0o600 });
    const identity = {
      ...{ issuer: 'https://login.initech.test', clientId: 'portcullis-hub', clientSecretFile, rolesClaim: '/groups' },
      roles: [{ value: 'staff', organization: 'acme', role: 'member' as const }],
    };
    const hub = await startHub({ identity, command: [join(program(), HUB)], env: { HTTPS_PROXY: proxy.url } });
    try {
      const asked = new URLSearchParams({
        ...{ client_id: DESKTOP_CLIENT_ID, response_type: 'code', redirect_uri: CALLBACK, scope: 'openid', state: 'x' },
        ...{ code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' },
      });
      const page = await new TestBrowser().open(`${hub.url}/oidc/authorize?${asked}`);
      expect(page.text).toContain('identity-unreachable: the proxy answered 403');
      expect(new Set(proxy.tunnels)).toEqual(new Set(['login.initech.test:443']));
    } finally {
      await hub.stop();
      await proxy.stop();
    }
  });

  it('has the commands of whoever runs it', async () => {
    expect(await run(join(program(), HUB), '--version')).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
    expect(await run(join(program(), HUB), 'allow')).toMatchObject({ code: 2 });
  });
});

describe('the packages', () => {
  it('are clean for lintian, rpmlint and shellcheck, but for what their overrides give a reason for', async () => {
    // Only packages for release are compressed.
    const compression = 'uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball';
    const { code, stdout } = await run(
      ...['lintian', '--fail-on', 'error,warning', '--suppress-tags', compression, packages.now],
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const filters = join(PROJECT, 'build/linux/hub/rpmlint.toml');
    expect(await run('rpmlint', '--config', filters, packages.rpm)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 errors, 0 warnings'),
    });
    const scripts = ['config', 'postinst', 'prerm', 'postrm'].map((name) =>
      join(PROJECT, 'build/linux/hub/debian', name),
    );
    expect(await run('shellcheck', '--exclude=SC1091', ...scripts)).toMatchObject({ code: 0, stdout: '' });
  });

  it('are the same, byte by byte, when they are built again', async () => {
    const out = join(inject('built'), 'hub-packages-again');
    const release = releaseOf(PROJECT);
    const deb = await buildHubDeb(PROJECT, program(), out, { ...release, architecture: 'amd64', compression: 'none' });
    expect(await run('cmp', packages.now, deb)).toMatchObject({ code: 0 });
    const rpm = await buildHubRpm(PROJECT, program(), out, { ...release, architecture: 'x86_64', compression: 'fast' });
    expect(await run('cmp', packages.rpm, rpm)).toMatchObject({ code: 0 });
  });
});

describe('an installation that cannot do all that was asked', () => {
  let unpacked: string | undefined;

  it.each<[string, Partial<typeof good>, string | null, string | null, RegExp]>([
    ['an organization that no name can be', { organization: 'acme corp' }, null, null, /portcullis-hub\/organization:/],
    ['an organization that would be more than a name', { organization: 'a"}]},"x":"' }, null, null, /organization:/],
    ['an address without TLS', { 'public-url': `http://${NAME}` }, null, null, /portcullis-hub\/public-url:/],
    [
      'a configuration that is there, with other content',
      {},
      `mkdir -p /etc/portcullis; echo '{}' >/etc/portcullis/hub.json`,
      'rm /etc/portcullis/hub.json',
      /is there already, with other content/,
    ],
    [
      'a service that does not start',
      {},
      `mkdir -p /etc/systemd/system/${UNIT}.d; printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' >/etc/systemd/system/${UNIT}.d/x.conf`,
      `rm -r /etc/systemd/system/${UNIT}.d`,
      /does not start/,
    ],
  ])('fails on %s, and leaves nothing', async (_, answers, before, after, sentence) => {
    if (before !== null) await guest.sh(before);
    const { code, said } = await install(packages.now, { ...good, ...answers });
    if (after !== null) await guest.sh(after);
    expect({ code, said }).toEqual({ code: 100, said: expect.stringMatching(sentence) });
    expect(said).toContain('the installation failed and was taken back');
    expect(await active()).not.toBe('active');
    const left = (await stateOf()).replaceAll(/^portcullis-hub\t.*$/gm, '');
    unpacked ??= left;
    expect(left).toBe(unpacked);
  });

  it('leaves nothing at all once it is purged', async () => {
    await purge();
    expect(await stateOf()).toBe(untouched);
  });
});

describe('a server', () => {
  let keys: string;

  it('answers after one apt-get install with a preseed, as a user without rights', async () => {
    const { code, said } = await install(packages.now, good);
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('portcullis-hub first-owner') });
    expect(await active()).toBe('active');
    expect(await ask('/healthz')).toBe('200 {"status":"ok"}');
    expect(await guest.ok('stat', '-c', '%U %G %a', '/etc/portcullis/hub.json', DATA)).toBe(
      'root portcullis-hub 640\nportcullis-hub portcullis-hub 700\n',
    );
    expect(await guest.ok('ls', DATA)).not.toContain('passwords');
    expect(await guest.ok('cat', '/etc/portcullis/hub.json')).not.toMatch(/password/i);
    const { stdout } = await guest.sh(
      `pid=$(systemctl show -P MainPID ${UNIT}); ps -o user:20= -p $pid; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/$pid/status`,
    );
    expect(stdout.replaceAll(/[ \t]+/g, ' ')).toBe(
      'portcullis-hub\nCapEff: 0000000000000000\nCapBnd: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2\n',
    );
    const exposure = await guest.sh(`systemd-analyze security --no-pager ${UNIT} | tail -1`);
    expect(Number(/: ([\d.]+) /.exec(exposure.stdout)?.[1])).toBeLessThan(2.1);
  });

  it('has its manual, and samples of TLS proxies, of which the one for nginx works', async () => {
    expect((await guest.sh('zcat /usr/share/man/man1/portcullis-hub.1.gz')).stdout).toContain('.B first\\-owner');
    const { certificate, key } = ca.issue(NAME);
    await writeInGuest(guest, '/etc/ssl/portcullis/fullchain.pem', certificate);
    await writeInGuest(guest, '/etc/ssl/portcullis/key.pem', key, 0o600);
    await guest.ok('cp', `/usr/share/doc/${HUB}/examples/nginx.conf`, '/etc/nginx/conf.d/portcullis-hub.conf');
    await guest.ok('nginx', '-t');
    await guest.ok('systemctl', 'restart', 'nginx');
    const configuration = await browse('/.well-known/openid-configuration');
    expect(JSON.parse(configuration.text)).toMatchObject({
      issuer: good['public-url'],
      token_endpoint: `https://${NAME}/oidc/token`,
    });
    expect((await browse('/dashboard/')).text).toContain('<script type="module"');
    keys = (await browse('/v1/policy-keys')).text;
  });

  it('gets its first owner by a code that root has made, through the proxy', async () => {
    const said = await guest.ok('portcullis-hub', 'first-owner');
    expect(said).toContain(`Open https://${NAME}/first-owner and enter this code`);
    const code = /^ {4}(\S+)$/m.exec(said)?.[1] ?? '';
    // Who forges the client's address is still one client.
    const statuses: (number | undefined)[] = [];
    const form = { username: 'olivia', password: PASSWORD, repeated: PASSWORD };
    expect(await browse('/first-owner', { ...form, code })).toMatchObject({
      ...{ status: 201, text: expect.stringContaining('href="/dashboard/"') },
    });
    for (let tried = 0; tried < 21; tried += 1) {
      const forged = { 'x-forwarded-for': `192.0.2.${tried}` };
      statuses.push((await browse('/first-owner', { ...form, code }, forged)).status);
    }
    expect(statuses.at(-1)).toBe(429);
    expect(await guest.exec(['portcullis-hub', 'first-owner'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[owner-exists]'),
    });
    const asNobody = await guest.exec(['setpriv', '--reuid=65534', '--clear-groups', 'portcullis-hub', 'first-owner']);
    expect(asNobody).toMatchObject({ code: 1, stdout: '' });
    const log = await guest.ok('journalctl', '--unit', UNIT, '--output', 'cat');
    for (const secret of [code, PASSWORD]) expect(log).not.toContain(secret);
  });

  it('is backed up while it runs, and restored by root such that the hub can use it', async () => {
    await guest.ok('portcullis-hub', 'backup', '/root/running.backup');
    expect(await guest.ok('stat', '-c', '%U %a', '/root/running.backup')).toBe('root 600\n');
    expect(await guest.exec(['portcullis-hub', 'restore', '/root/running.backup'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[hub-data-in-use]'),
    });
    await guest.ok('systemctl', 'stop', UNIT);
    await guest.ok('portcullis-hub', 'backup', '/root/stopped.backup');
    const said = await guest.ok('portcullis-hub', 'restore', '/root/stopped.backup');
    expect(said).toContain('acme: revision 1, as before.');
    expect(await guest.ok('find', DATA, '-not', '-user', 'portcullis-hub')).toBe('');
    await guest.ok('systemctl', 'start', UNIT);
    expect((await browse('/v1/policy-keys')).text).toBe(keys);
    await guest.ok('rm', `${DATA}/hub.sqlite.before-restore`);
  });

  it('says by its health that the disk is full, and that there is room again', async () => {
    await guest.ok('systemctl', 'stop', UNIT);
    await guest.ok('mount', '-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', DATA);
    await guest.ok('chown', 'portcullis-hub:portcullis-hub', DATA);
    await guest.ok('portcullis-hub', 'restore', '/root/running.backup');
    await guest.ok('systemctl', 'start', UNIT);
    expect(await ask('/healthz')).toBe('200 {"status":"ok"}');
    await guest.sh(`dd if=/dev/zero of=${DATA}/filler bs=4k`);
    // What is left of the journal is used up first.
    const answer = await waitFor('the hub to notice', async () => {
      const said = await ask('/healthz');
      return said.startsWith('503') ? said : null;
    });
    expect(answer).toContain('hub-database-unwritable');
    expect(answer).not.toContain(DATA);
    await guest.ok('rm', `${DATA}/filler`);
    await waitFor('the hub to be well', async () => (await ask('/healthz')).startsWith('200'));
    await guest.ok('systemctl', 'stop', UNIT);
    await guest.ok('umount', DATA);
    await guest.ok('systemctl', 'start', UNIT);
  });

  it('is upgraded in use, keeps what was edited, and answers again in a moment', async () => {
    await guest.ok('sed', '-i', '1s/{/{ /', '/etc/portcullis/hub.json');
    const edited = await guest.ok('sha256sum', '/etc/portcullis/hub.json');
    const before = await guest.ok('systemctl', 'show', '-P', 'MainPID', UNIT);
    await using asking = await startProcess(guest.within([NODE, '--eval', ASK_THROUGHOUT]));
    await waitFor('the questions', () => asking.output().includes('asking'));
    const { code, said } = await install(packages.next);
    expect({ code, said }).toMatchObject({ code: 0 });
    await guest.sh(`kill $(pgrep -f ASK_THROUGHOUT)`);
    const counts = z
      .object({ ok: z.number(), other: z.number(), longestGapMs: z.number() })
      .parse(JSON.parse(await waitFor('the counts', () => /^\{.*\}$/m.exec(asking.output())?.[0])));
    process.stdout.write(`hub upgraded in use: ${JSON.stringify(counts)}\n`);
    expect(counts).toMatchObject({ other: 0 });
    expect(counts.ok).toBeGreaterThan(10);
    expect(await guest.ok('systemctl', 'show', '-P', 'MainPID', UNIT)).not.toBe(before);
    expect(await guest.ok('sha256sum', '/etc/portcullis/hub.json')).toBe(edited);
    expect((await browse('/v1/policy-keys')).text).toBe(keys);
  });

  it('fails to upgrade to a version that does not start, and says so', async () => {
    const folder = `/etc/systemd/system/${UNIT}.d`;
    await writeInGuest(guest, `${folder}/x.conf`, '[Service]\nExecStart=\nExecStart=/bin/false\n');
    expect(await install(packages.now)).toEqual({ code: 100, said: expect.stringContaining('does not start') });
    await guest.ok('rm', '-r', folder);
    await guest.ok('systemctl', 'daemon-reload');
    await guest.ok('dpkg', '--configure', HUB);
    expect(await active()).toBe('active');
  });

  it('keeps configuration and data when the package is removed, and is the same hub when it is installed again', async () => {
    await guest.ok('apt-get', 'remove', '--yes', '--quiet', HUB);
    expect(await active()).not.toBe('active');
    expect(await guest.sh(`ls ${DATA}/hub.sqlite /etc/portcullis/hub.json`)).toMatchObject({ code: 0 });
    expect(await install(packages.now)).toMatchObject({ code: 0 });
    expect((await browse('/v1/policy-keys')).text).toBe(keys);
  });

  it('is as it was before, byte by byte, when the package is purged', async () => {
    await purge();
    await guest.ok('rm', '-r', '/etc/ssl/portcullis', '/etc/nginx/conf.d/portcullis-hub.conf');
    expect(await stateOf()).toBe(untouched);
  });

  it('gets the same from the RPM, which waits for a configuration', async () => {
    const rpm = (...words: string[]) => guest.exec(['rpm', '--force-debian', '--nodeps', ...words]);
    expect(await rpm('--install', `/srv/${basename(packages.rpm)}`)).toMatchObject({ code: 0 });
    expect((await guest.sh(`systemctl is-enabled ${UNIT}`)).stdout.trim()).toBe('enabled');
    expect(await active()).toBe('inactive');
    await guest.ok('cp', `/usr/share/doc/${HUB}/examples/hub.json`, '/etc/portcullis/hub.json');
    await guest.ok('systemctl', 'start', UNIT);
    expect(await ask('/healthz')).toBe('200 {"status":"ok"}');
    expect(await rpm('--erase', HUB)).toMatchObject({ code: 0 });
    expect(await active()).toBe('inactive');
    expect(await guest.sh(`ls ${DATA}/hub.sqlite /etc/portcullis/hub.json`)).toMatchObject({ code: 0 });
  });
});

/** On the hub's machine, until SIGTERM. */
const ASK_THROUGHOUT = `/* ASK_THROUGHOUT */
let ok = 0, other = 0, longestGapMs = 0, last = performance.now(), done = false;
const gap = () => { longestGapMs = Math.round(Math.max(longestGapMs, performance.now() - last)); };
process.once('SIGTERM', () => { done = true; });
console.log('asking');
(async () => {
  while (!done) {
    const status = await fetch('http://127.0.0.1:8480/healthz').then((a) => a.status, () => 0);
    if (status === 200) { gap(); last = performance.now(); ok += 1; } else if (status !== 0) other += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  gap();
  console.log(JSON.stringify({ ok, other, longestGapMs }));
})();`;
