import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildGatewayDeb, buildTrayDeb } from '../../build/linux/deb.ts';
import { buildTrayRpm } from '../../build/linux/rpm.ts';
import { releaseOf } from '../../build/release.ts';
import { runCommand, textOf } from '../../main/platform/process/run-command.ts';
import { startProcess, waitFor } from '../support/background-process.ts';
import { buildPackages } from '../support/install/build-packages.ts';
import { PROJECT, type SystemdGuest, startGuest } from '../support/systemd-guest.ts';

/** The tray's packages; the Debian one beside the gateway's, on a machine of their own, in order. */
const packed = inject('packed');
const TRAY = 'portcullis-not-for-release';
let folder: string;
let guest: SystemdGuest;
const debs = { gateway: '', tray: '' };

const run = async (...command: string[]) => textOf(await runCommand(command, { timeout: 240_000 }));

describe.skipIf(packed === null)('the packages of the tray', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tray-'));
    await buildPackages(folder, 'program', 'linux-x64');
    const options = { ...releaseOf(PROJECT), architecture: 'amd64', compression: 'none' } as const;
    debs.gateway = await buildGatewayDeb(PROJECT, join(folder, 'program/linux-x64'), folder, options);
    debs.tray = await buildTrayDeb(PROJECT, packed?.folder ?? '', folder, { ...options, isForRelease: false });
    guest = await startGuest({ hostOctets: [1], ca: '' });
    for (const deb of Object.values(debs)) await cp(deb, join(guest.root, 'srv', basename(deb)));
    await guest.sh(
      'echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/tests; useradd --create-home mia; install -d -o mia -g mia -m 700 /run/user/$(id -u mia)',
    );
  });
  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** As the user of the machine, with a runtime folder as at a desktop. */
  const asUser = (...command: string[]) => [
    ...['setpriv', '--reuid=mia', '--regid=mia', '--init-groups', 'sh', '-c'],
    'export HOME=/home/mia TMPDIR=/tmp XDG_RUNTIME_DIR=/run/user/$(id -u) XDG_CURRENT_DESKTOP=X-Tests LC_ALL=C.UTF-8; cd; exec "$@"',
    ...['sh', ...command],
  ];

  it('says that it is not for release, and is clean for lintian but for what its overrides give a reason for', async () => {
    expect((await run('dpkg-deb', '--field', debs.tray, 'Package', 'Description')).stdout).toMatch(
      /^Package: portcullis-not-for-release\nDescription: .*\(test build, not for release\)\n/,
    );
    const compression = 'uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball';
    const { code, stdout } = await run(
      ...['lintian', '--fail-on', 'error,warning', '--suppress-tags', compression, debs.tray],
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });

  it('installs beside the gateway, whose command line it uses', async () => {
    const paths = Object.values(debs).map((deb) => `/srv/${basename(deb)}`);
    const env = ['env', 'DEBIAN_FRONTEND=noninteractive'];
    // Without the gateway there is nothing to show.
    expect(await guest.exec([...env, 'dpkg', '--install', paths[1] ?? ''])).toMatchObject({ code: 1 });
    await guest.ok('dpkg', '--purge', TRAY);
    const { code, stdout, stderr } = await guest.exec([...env, 'apt-get', 'install', '--quiet', '--yes', ...paths]);
    expect({ code, said: stdout + stderr }).toMatchObject({ code: 0 });
    expect(await guest.ok('dpkg', '--search', '/usr/bin/portcullis', '/usr/bin/portcullis-tray')).toBe(
      `portcullis-gateway: /usr/bin/portcullis\n${TRAY}: /usr/bin/portcullis-tray\n`,
    );
    expect(await guest.sh('desktop-file-validate /usr/share/applications/portcullis-tray.desktop')).toMatchObject({
      ...{ code: 0, stdout: '' },
    });
    expect(await guest.ok('stat', '-c', '%U %a', '/usr/lib/portcullis-tray/chrome-sandbox')).toBe('root 4755\n');
    const handler = await guest.exec(asUser('gio', 'mime', 'x-scheme-handler/portcullis'));
    expect(handler.stdout).toContain('portcullis-tray.desktop');
  });

  it('starts as an ordinary user, in its sandbox, and the command of the gateway talks to it', async () => {
    const tray = ['dbus-run-session', '--', 'xvfb-run', '-a', 'portcullis-tray', '--hidden'];
    await using started = await startProcess(guest.within(asUser(...tray)));
    const status = await waitFor(
      'the agent of the tray',
      async () => {
        const { stdout } = await guest.exec(asUser('portcullis', 'status', '--json'));
        return stdout.startsWith('{') ? stdout : null;
      },
      180_000,
    ).catch((error: unknown) => {
      throw new Error(`the tray said: ${started.output()}`, { cause: error });
    });
    expect(JSON.parse(status)).toMatchObject({ version: releaseOf(PROJECT).version });
    const processes = (await guest.sh('ps -C portcullis-tray -o user=,args=')).stdout;
    expect(processes).toMatch(/^mia +\S*portcullis-tray --hidden$/m);
    expect(processes).toContain('--type=gpu-process');
    expect(processes).not.toContain('--no-sandbox');
    // The first of them is the one that was started.
    await guest.ok('pkill', '--oldest', '--exact', 'portcullis-tray');
    await waitFor('its end', async () => (await guest.sh('pgrep --exact portcullis-tray')).code === 1);
    expect(started.output()).not.toMatch(/FATAL|sandbox/i);
  });

  it('is the same as an RPM, which rpm installs into a root of its own', async () => {
    const options = {
      ...releaseOf(PROJECT),
      architecture: 'x86_64',
      compression: 'fast',
      isForRelease: false,
    } as const;
    const rpm = await buildTrayRpm(PROJECT, packed?.folder ?? '', folder, options);
    expect((await run('rpm', '-qp', '--qf', '%{NAME}|%{SUMMARY}\n%{DESCRIPTION}', rpm)).stdout).toMatch(
      /^portcullis-not-for-release\|.*\(test build, not for release\)\n[\s\S]*do not install it where people work/,
    );
    expect((await run('rpm', '-qp', '--requires', rpm)).stdout).toContain(
      `portcullis-gateway >= ${releaseOf(PROJECT).version}\n`,
    );
    const lint = await run('rpmlint', '--config', join(PROJECT, 'build/linux/tray/rpmlint.toml'), rpm);
    expect(lint.stdout).toMatch(/ 0 errors, 0 warnings/);

    const [asRpm, asDeb] = [join(folder, 'as-rpm'), join(folder, 'as-deb')];
    const installed = await run(...['rpm', '--root', asRpm, '--nodeps', '--noscripts', '--force-debian', '-i', rpm]);
    expect(installed).toMatchObject({ code: 0 });
    await run('dpkg-deb', '--extract', debs.tray, asDeb);
    const listed = async (root: string) =>
      (
        await run(
          'sh',
          '-c',
          `cd '${root}/usr' && find bin lib share/applications share/icons -not -type d -printf '%p %m %s\n' | sort`,
        )
      ).stdout;
    expect(await listed(asRpm)).toContain('lib/portcullis-tray/chrome-sandbox 4755 ');
    expect(await listed(asRpm)).toBe(await listed(asDeb));
  });

  it('leaves the gateway where it is when it is removed', async () => {
    await guest.ok('apt-get', 'remove', '--yes', '--quiet', TRAY);
    expect(await guest.sh('ls -d /usr/lib/portcullis-tray /usr/bin/portcullis-tray')).toMatchObject({ stdout: '' });
    expect(await guest.ok('portcullis', '--version')).toContain(releaseOf(PROJECT).version);
  });
});
