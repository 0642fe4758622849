import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildGatewayRpm } from '../../build/linux/rpm.ts';
import { releaseOf } from '../../build/release.ts';
import { runCommand, runOrThrow, textOf } from '../../main/platform/process/run-command.ts';
import manifest from '../../package.json' with { type: 'json' };
import { type AttachScene, startAttachScene } from '../engine/attach-scene.ts';
import { ALLOWED, OTHER, REFUSAL } from '../engine/scene.ts';
import { waitFor } from '../support/background-process.ts';
import { ISSUER } from '../support/policy-signer.ts';
import { PROJECT, writeInGuest } from '../support/systemd-guest.ts';

const GATEWAY = 'portcullis-gateway';
const UNIT = 'portcullis-gateway.service';
const rpms = { now: '', next: '' };
const program = () => join(inject('built'), 'program/linux-x64');
const build = (version: string, folder: string) =>
  buildGatewayRpm(PROJECT, program(), join(inject('built'), folder), {
    ...{ ...releaseOf(PROJECT), version, architecture: 'x86_64', compression: 'fast' },
  });

beforeAll(async () => {
  rpms.now = await build(manifest.version, 'rpm');
  rpms.next = await build('99.0.0', 'rpm');
});

const run = async (...command: string[]) => textOf(await runCommand(command, { timeout: 120_000 }));

describe('the package', () => {
  it('is clean for rpmlint, but for what its filters give a reason for', async () => {
    const { code, stdout } = await run(
      ...['rpmlint', '--config', join(PROJECT, 'build/linux/gateway/rpmlint.toml'), rpms.now],
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('0 errors, 0 warnings') });
  });

  it('is the same, byte by byte, when it is built again', async () => {
    expect(await run('cmp', rpms.now, await build(manifest.version, 'again'))).toMatchObject({ code: 0, stdout: '' });
  });

  it('installs into a root of its own, whole, with nothing that anybody but root can change', async () => {
    const root = join(inject('built'), 'rpm-root');
    await mkdir(root);
    const rpm = ['rpm', '--root', root, '--nodeps', '--noscripts', '--force-debian'];
    await runOrThrow(runCommand, [...rpm, '--install', rpms.now], { timeout: 120_000 });
    expect(await run(...rpm, '--verify', GATEWAY)).toMatchObject({ code: 0, stdout: '' });
    const { stdout } = await run(
      'rpm',
      '--root',
      root,
      '-q',
      '--queryformat',
      '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\\n]',
      GATEWAY,
    );
    const files = stdout.trim().split('\n');
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((line) => !/^[-dl]r(wxrwxrwx|w[-x]r-[-x]r-[-x]) root /.test(line))).toEqual([]);
    expect(files.filter((line) => line.startsWith('-rwx')).map((line) => line.split(' ')[2])).toEqual([
      '/usr/lib/portcullis/portcullis',
    ]);
    expect(await run(join(root, 'usr/bin/portcullis'), '--version')).toMatchObject({ stdout: `${manifest.version}\n` });
  });
});

describe('a machine', () => {
  let scene: AttachScene;
  let untouched: string;
  beforeAll(async () => {
    scene = await startAttachScene('nowhere');
    for (const rpm of Object.values(rpms)) await cp(rpm, join(scene.guest.root, 'srv', basename(rpm)));
    untouched = await stateOf();
  });
  afterAll(() => scene?.[Symbol.asyncDispose]());

  const stateOf = () =>
    scene.guest.ok(
      ...[
        'sh',
        '-c',
        `cd /etc; find . -not -name '*-' -not -name 'rpm' -not -path './rpm/*' -printf '%p %u %m %y %s %l\\n' | sort; nft -s list ruleset | grep -A99 portcullis; true`,
      ],
    );
  /** Debian's rpm wants to be told that it is meant; dependencies have other names there. */
  const rpm = (...words: string[]) => scene.guest.exec(['rpm', '--force-debian', '--nodeps', ...words]);
  const pull = async (registry: string) => {
    await scene.docker(['rmi', '--force', `${registry}/app:1`]);
    const { code, stdout, stderr } = await scene.docker(['pull', `${registry}/app:1`]);
    return { code, said: stdout + stderr };
  };
  const active = async () => (await scene.guest.sh(`systemctl is-active ${UNIT}`)).stdout.trim();

  it('gets the program and a service that waits for its configuration', async () => {
    expect(await rpm('--install', `/srv/${basename(rpms.now)}`)).toMatchObject({ code: 0 });
    expect((await scene.guest.sh(`systemctl is-enabled ${UNIT}`)).stdout.trim()).toBe('enabled');
    expect(await active()).toBe('inactive');
    const list = 'portcullis-engine-list';
    expect((await scene.guest.sh(`systemctl is-enabled ${list}.timer; systemctl is-active ${list}.timer`)).stdout).toBe(
      'enabled\nactive\n',
    );
    await scene.guest.ok('systemctl', 'start', `${list}.service`);
    expect(await scene.guest.ok('cat', '/run/portcullis-attachment/audit.json')).toContain('docker');
    expect(await scene.guest.ok('id', '-un', 'portcullis')).toBe('portcullis\n');
    expect(await pull(OTHER)).toMatchObject({ code: 0 });
  });

  it('is restricted by configuration and one command', async () => {
    const { guest } = scene;
    await writeInGuest(guest, '/etc/portcullis/registry.json', '{"allowedOrgs":["acme"]}\n');
    const settings = { hub: ISSUER, policyKeys: { keys: [scene.signer.publicKey] } };
    await writeInGuest(guest, '/etc/portcullis/portcullis.json', JSON.stringify(settings));
    expect(await scene.portcullis('engine', 'attach', '--restart')).toMatchObject({ code: 0, stderr: '' });
    await waitFor('the engine', async () => (await scene.docker(['version'])).code === 0);
    await scene.allow(ALLOWED);
    expect(await pull(ALLOWED)).toMatchObject({ code: 0 });
    expect(await pull(OTHER)).toMatchObject({ code: 1, said: expect.stringContaining(REFUSAL) });
  });

  it('is upgraded: the gateway is another, what is in force the same', async () => {
    const before = await scene.guest.ok('systemctl', 'show', '-P', 'MainPID', UNIT);
    await scene.guest.ok('sed', '-i', '$a# of an older version', '/etc/portcullis/attachment/guard.sh');
    expect(await rpm('--upgrade', `/srv/${basename(rpms.next)}`)).toMatchObject({ code: 0 });
    expect(await scene.guest.ok('cat', '/etc/portcullis/attachment/guard.sh')).not.toContain('older version');
    expect(await active()).toBe('active');
    expect(await scene.guest.ok('systemctl', 'show', '-P', 'MainPID', UNIT)).not.toBe(before);
    expect(await pull(ALLOWED)).toMatchObject({ code: 0 });
    expect(await pull(OTHER)).toMatchObject({ code: 1 });
    expect(await scene.portcullis('engine', 'audit')).toMatchObject({ code: 0 });
  });

  it('keeps the package where its engines cannot be detached', async () => {
    await scene.guest.ok('mv', '/usr/bin/systemctl', '/usr/bin/systemctl.away');
    const { code } = await rpm('--erase', GATEWAY);
    await scene.guest.ok('mv', '/usr/bin/systemctl.away', '/usr/bin/systemctl');
    expect(code).not.toBe(0);
    expect(await scene.guest.exec(['rpm', '--query', GATEWAY])).toMatchObject({ code: 0 });
    expect(await pull(OTHER)).toMatchObject({ code: 1 });
  });

  it('is free when the package is erased, and keeps what device management put there', async () => {
    expect(await rpm('--erase', GATEWAY)).toMatchObject({ code: 0 });
    expect(await pull(OTHER)).toMatchObject({ code: 0 });
    await scene.guest.ok('rm', '/etc/portcullis/registry.json', '/etc/portcullis/portcullis.json');
    await scene.guest.ok('rmdir', '/etc/portcullis');
    const users = (state: string) => state.split('\n').filter((line) => !/^\.\/(passwd|g?shadow|group) /.test(line));
    expect(users(await stateOf())).toEqual(users(untouched));
  });
});
