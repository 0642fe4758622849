import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { extractAll, listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
// Not exported by its index.
import { FuseState } from '@electron/fuses/dist/constants.js';
import { parse } from 'plist';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findCommand } from '../../main/platform/process/find-command.ts';
import { startCompanyNetwork } from '../support/company-network.ts';
import { runBuilt } from '../support/electron/built-shell.ts';
import { type PackedPlatform, writeStandInElectron } from '../support/electron/stand-in-distribution.ts';

/**
 * electron-builder, without a network, against a folder that only looks like Electron: what it packs, with which fuses and how it announces
 * itself to the system. `npm run test:package` builds first what is packed.
 */
const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** All of ours that an installation holds, in bytes: the rest is Electron's. About 6 MiB, a fifth of it koffi and keytar. */
const MAX_BYTES = 6.5 * 1024 * 1024;

interface Packed {
  folder: string;
  /** What the program is in. */
  program: string;
  resources: string;
  said: string;
}

let folder: string;
const packed = {} as Record<PackedPlatform, Packed>;

async function pack(platform: PackedPlatform, change: object = {}): Promise<Packed> {
  const electronDist = join(folder, `electron-${platform}`);
  await writeStandInElectron(electronDist, platform);
  const output = join(folder, platform);
  const config = join(folder, `${platform}.json`);
  await writeFile(
    config,
    JSON.stringify({
      extends: join(root, 'electron-builder.yml'),
      electronDist,
      directories: { output, buildResources: 'build' },
      afterPack: join(import.meta.dirname, 'announce.cjs'),
      // Signing needs a certificate, which nobody's tests have.
      ...(platform === 'mac' ? { mac: { identity: null } } : {}),
      ...change,
    }),
  );
  const cli = join(root, 'node_modules', 'electron-builder', 'cli.js');
  const { stdout, stderr } = await run(process.execPath, [cli, `--${platform}`, 'dir', '--x64', '--config', config], {
    cwd: root,
    env: {
      ...process.env,
      // Whatever it would fetch, it cannot.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
      npm_config_offline: 'true',
      CSC_IDENTITY_AUTO_DISCOVERY: 'false',
      PORTCULLIS_ANNOUNCED: join(folder, `${platform}-announced`),
    },
  });
  const places = {
    linux: ['linux-unpacked', 'portcullis-tray', 'resources'],
    win: ['win-unpacked', 'Portcullis.exe', 'resources'],
    mac: ['mac', 'Portcullis.app', 'Portcullis.app/Contents/Resources'],
  } as const;
  const [place, program, resources] = places[platform];
  return {
    folder: join(output, place),
    program: join(output, place, program),
    resources: join(output, place, resources),
    said: stdout + stderr,
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-package-'));
  // One after the other: each reads all of node_modules.
  for (const platform of ['linux', 'win', 'mac'] as const) packed[platform] = await pack(platform);
}, 600_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const platforms = ['linux', 'win', 'mac'] as const;
const list = (platform: PackedPlatform): string[] =>
  listPackage(join(packed[platform].resources, 'app.asar'), { isPack: false }).map((path) =>
    path.replaceAll('\\', '/'),
  );

describe.each(platforms)('packed for %s', (platform) => {
  it('has every fuse set, and tight', async () => {
    const wire = await getCurrentFuseWire(packed[platform].program);
    const fuses = Object.fromEntries(
      Object.entries(wire).flatMap(([index, state]) =>
        index === 'version' ? [] : [[FuseV1Options[Number(index)], state === FuseState.ENABLE]],
      ),
    );
    expect(fuses).toEqual({
      RunAsNode: false,
      EnableCookieEncryption: false,
      EnableNodeOptionsEnvironmentVariable: false,
      EnableNodeCliInspectArguments: false,
      EnableEmbeddedAsarIntegrityValidation: true,
      OnlyLoadAppFromAsar: true,
      LoadBrowserProcessSpecificV8Snapshot: false,
      GrantFileProtocolExtraPrivileges: false,
    });
  });

  it('holds what runs, and nothing else', () => {
    const files = list(platform);
    const expected = [
      /^\/package\.json$/,
      /^\/LICENSE$/,
      /^\/assets\/portcullis\.png$/,
      /^\/assets\/tray\/(linux|macos|windows)\/[\w-]+(@2x)?\.png$/,
      /^\/out\/main\/(index|[\w-]+-(?:worker|thread)|[\w-]+-[\w-]{8})\.js$/,
      /^\/out\/main\/licenses\.md$/,
      /^\/out\/preload\/preload\.cjs$/,
      /^\/out\/renderer\/(index\.html|licenses\.md|licenses\/[\w.-]+\.txt)$/,
      /^\/out\/renderer\/assets\/[\w.-]+\.(js|css|svg|woff2)$/,
      /^\/node_modules\/keytar\/(package\.json|LICENSE\.md|lib\/keytar\.js|build\/Release\/keytar\.node)$/,
    ];
    expected.push(/^\/node_modules\/koffi\/(package\.json|LICENSE\.txt|indirect\.js|src\/koffi\/indirect\.js)$/);
    if (platform === 'linux') {
      expected.push(/^\/node_modules\/@koromix\/koffi-linux-x64\/(package\.json|index\.js|linux_x64\/koffi\.node)$/);
    }
    const folders = files.filter((file) => files.some((other) => other.startsWith(`${file}/`)));
    const others = files.filter((file) => !folders.includes(file) && !expected.some((pattern) => pattern.test(file)));
    expect(others).toEqual([]);
    for (const pattern of expected) {
      expect([pattern, files.some((file) => pattern.test(file))]).toEqual([pattern, true]);
    }
  });

  it('is not larger than it has to be', async () => {
    const sizes = [join(packed[platform].resources, 'app.asar')];
    for (const entry of await readdir(join(packed[platform].resources, 'app.asar.unpacked'), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (entry.isFile()) sizes.push(join(entry.parentPath, entry.name));
    }
    let sum = 0;
    for (const file of sizes) sum += (await stat(file)).size;
    expect(sum).toBeLessThan(MAX_BYTES);
  });

  it('has the keyring outside of the archive, where the system’s loader finds it', async () => {
    const native = join(packed[platform].resources, 'app.asar.unpacked/node_modules/keytar/build/Release/keytar.node');
    expect((await stat(native)).size).toBeGreaterThan(10_000);
  });

  it('speaks the languages of the panel only', async () => {
    const files = (await readdir(packed[platform].folder, { recursive: true })).filter((file) =>
      /fr\.(pak|lproj)/.test(file),
    );
    expect(files).toEqual([]);
  });
});

describe('what was packed', () => {
  let app: string;
  beforeAll(async () => {
    app = join(folder, 'extracted');
    extractAll(join(packed.linux.resources, 'app.asar'), app);
  });

  it('has no trace of the hub, the demo, a test or a source map', async () => {
    for (const part of ['main', 'preload', 'renderer/assets']) {
      for (const file of await readdir(join(app, 'out', part))) {
        if (!/\.c?js$/.test(file)) continue;
        const text = await readFile(join(app, 'out', part, file), 'utf8');
        for (const trace of [
          '// main/hub/',
          '// main/demo/',
          '// tests/',
          'from "oidc-provider"',
          'import("oidc-provider")',
          'from "node:sqlite"',
          'sourceMappingURL',
        ]) {
          expect([file, trace, text.includes(trace)]).toEqual([file, trace, false]);
        }
      }
    }
  });

  it('runs: as the command line, with everything that it imports', async () => {
    const help = runBuilt(app, { packaged: true, args: ['--help'] });
    expect([await help.ended, help.stderr()]).toEqual([0, '']);
    const gateway = runBuilt(app, { packaged: true, args: ['gateway', 'run', '--config', '/nonexistent'] });
    expect(await gateway.ended).toBe(1);
    expect(gateway.stderr()).toContain('There is no configuration file at /nonexistent.');
  });

  it('runs: through a proxy, by the certificates of the system', async () => {
    await using company = await startCompanyNetwork();
    const args = ['hub', 'show', '--hub', company.url, '--org', 'acme'];
    const asked = runBuilt(app, { packaged: true, args, env: company.env });
    expect(await asked.ended).toBe(1);
    expect(company.proxy.tunnels[0], asked.stderr()).toBe(company.target);
    // The server there is no hub: it was reached, and said something else.
    expect(asked.stderr()).not.toMatch(/offline|not-trusted|unreachable/);
  });

  it('runs: as the tray, with the panel, the icons and the preload script of the package', async () => {
    const stateDir = await mkdtemp(join(tmpdir(), 'portcullis-packed-'));
    const config = join(stateDir, 'shell.json');
    const { XDG_CONFIG_HOME: _mine, ...env } = { ...process.env, XDG_CONFIG_HOME: join(stateDir, 'config') };
    await writeFile(
      config,
      JSON.stringify({
        stateDir: join(stateDir, 'agent'),
        socket: join(stateDir, 'agent.sock'),
        gatewayControl: join(stateDir, 'none.sock'),
        managedConfig: { folder: stateDir },
      }),
    );
    const shell = runBuilt(app, {
      packaged: true,
      args: ['--config', config],
      env: { ...env, XDG_CONFIG_HOME: join(stateDir, 'config') },
    });
    try {
      await shell.ready();
      const seen = await shell.run(async ({ app: own, sessions, windows }) => ({
        protocol: own.protocolClient,
        preload: windows[0]?.options.webPreferences?.preload,
        icon: windows[0]?.options.icon,
        devTools: windows[0]?.options.webPreferences?.devTools,
        page: (await (await sessions.get('panel')?.loads('app://panel/'))?.text())?.includes('<div id="root">'),
      }));
      expect(seen).toEqual({
        protocol: 'portcullis',
        preload: join(app, 'out/preload/preload.cjs'),
        icon: join(app, 'assets/portcullis.png'),
        devTools: false,
        page: true,
      });
    } finally {
      await shell.kill();
      await rm(stateDir, { recursive: true, force: true });
    }
  });

  it('has the calls to Linux that the gateway makes', async () => {
    // Electron reads both as one tree.
    const modules = join(folder, 'calls', 'node_modules');
    await cp(join(app, 'node_modules'), modules, { recursive: true });
    await cp(join(packed.linux.resources, 'app.asar.unpacked/node_modules'), modules, { recursive: true });
    const { default: koffi } = await import(pathToFileURL(join(modules, 'koffi', 'indirect.js')).href);
    expect(koffi.load(null).func('int getpid()')()).toBe(process.pid);
  });

  it('has a keyring that loads', async () => {
    const keytar = join(folder, 'keytar');
    await cp(join(packed.linux.resources, 'app.asar.unpacked/node_modules/keytar'), keytar, { recursive: true });
    expect(createRequire(import.meta.url)(keytar)).toHaveProperty('getPassword');
  });
});

describe('what it tells the system', () => {
  it('Linux: a desktop file that starts the tray and opens links with it', async () => {
    const file = join(folder, 'linux-announced.desktop');
    const text = await readFile(file, 'utf8');
    const entries = Object.fromEntries(
      text.split('\n').flatMap((line) => (line.includes('=') ? [line.split(/=(.*)/s, 2)] : [])),
    );
    expect(entries).toMatchObject({
      Name: 'Portcullis',
      Exec: '/opt/Portcullis/portcullis-tray %U',
      Terminal: 'false',
      Type: 'Application',
      Icon: 'portcullis-tray',
      StartupWMClass: 'Portcullis',
      MimeType: 'x-scheme-handler/portcullis;',
      Categories: 'Network;',
    });
    const validator = findCommand('desktop-file-validate', process.env.PATH);
    if (validator !== null) await run(validator, [file]);
  });

  it('Linux: an icon of every usual size', async () => {
    const sizes = z
      .array(z.number())
      .parse(JSON.parse(await readFile(join(folder, 'linux-announced.icons.json'), 'utf8')));
    expect(sizes.toSorted((a, b) => a - b)).toEqual([16, 24, 32, 48, 64, 128, 256, 512]);
  });

  it('Linux: the name of the desktop file, by which Wayland knows its windows', () => {
    extractAll(join(packed.linux.resources, 'app.asar'), join(folder, 'again'));
    const manifest: unknown = createRequire(import.meta.url)(join(folder, 'again', 'package.json'));
    expect(manifest).toMatchObject({
      main: 'out/main/index.js',
      type: 'module',
      desktopName: 'portcullis-tray.desktop',
      // The class of its windows under X11, by which the desktop file's StartupWMClass knows them, and the sender of its notifications.
      productName: 'Portcullis',
    });
  });

  it('macOS: that it opens links, belongs into the menu bar, and puts buttons on its notifications', async () => {
    const info = parse(await readFile(join(packed.mac.program, 'Contents/Info.plist'), 'utf8'));
    expect(info).toMatchObject({
      CFBundleIdentifier: 'io.portcullis.desktop',
      CFBundleURLTypes: [{ CFBundleURLSchemes: ['portcullis'] }],
      LSUIElement: true,
      NSUserNotificationAlertStyle: 'alert',
      LSMinimumSystemVersion: '13.0',
      ElectronAsarIntegrity: {
        'Resources/app.asar': { algorithm: 'SHA256', hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      },
    });
    const { CFBundleIconFile } = z.object({ CFBundleIconFile: z.string() }).parse(info);
    const icon = await readFile(join(packed.mac.resources, CFBundleIconFile));
    expect(icon.equals(await readFile(join(root, 'build/icon.icns')))).toBe(true);
  });

  it('Windows: its icon, its name, and the checksum of the archive', async () => {
    const program = await readFile(packed.win.program);
    expect(program.includes(Buffer.from('Portcullis', 'utf16le'))).toBe(true);
    // Of a group of icons, the pictures are stored as they are.
    const icon = await readFile(join(root, 'build/icon.ico'));
    expect(program.includes(icon.subarray(icon.readUInt32LE(6 + 12), icon.readUInt32LE(6 + 12) + 200))).toBe(true);
    expect(program.includes(Buffer.from('resources\\\\app.asar'))).toBe(true);
  });
});

describe('the configuration', () => {
  it.each([
    ['win', { win: { iconn: 'build/icon.ico' } }],
    ['mac', { mac: { hardenedRunTime: true } }],
    ['linux', { deb: { dependss: [] } }],
    ['fuses', { electronFuses: { runAsNod: false } }],
  ])('is judged by electron-builder’s own schema, also for %s', async (_where, change) => {
    await expect(pack('linux', change)).rejects.toMatchObject({
      stdout: expect.stringContaining('Invalid configuration object'),
    });
  });
});

describe.skipIf(process.platform === 'win32')('the installed command line', () => {
  it.each([
    [
      ['status', '--json'],
      ['--no-sandbox', '--log-level=3', 'status', '--json'],
    ],
    [['--help'], ['--no-sandbox', '--log-level=3', '--help']],
    [[], []],
    [['--hidden'], ['--hidden']],
    [['portcullis://check?image=a b'], ['portcullis://check?image=a b']],
  ])('%j starts the program with %j', async (args, expected) => {
    const bin = await mkdtemp(join(folder, 'bin-'));
    await writeFile(join(bin, 'portcullis-tray'), '#!/bin/sh\nfor one; do echo "[$one]"; done\n', { mode: 0o755 });
    const script = (await readFile(join(root, 'build/linux/portcullis'), 'utf8')).replace(
      '/opt/Portcullis/',
      `${bin}/`,
    );
    await writeFile(join(bin, 'portcullis'), script, { mode: 0o755 });
    const { stdout } = await run(join(bin, 'portcullis'), args);
    expect(stdout).toBe(expected.map((one) => `[${one}]\n`).join(''));
  });
});
