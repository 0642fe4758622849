import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse as parsePlist } from 'fast-plist';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildGatewayPkg } from '../../build/mac/gateway-pkg.ts';
import { type CommandOptions, runCommand, runOrThrow, textOf } from '../../main/platform/process/run-command.ts';
import { GatewayConfig } from '../../shared/schemas/control-schema.ts';
import { elements, only, parseXml } from '../support/group-policy.ts';
import { buildPackages } from '../support/install/build-packages.ts';
import { machO } from '../support/install/mach-o.ts';
import { readBom } from '../support/install/read-bom.ts';

const EPOCH = 1_795_000_000;
const OPTIONS = { version: '0.1.0', epoch: EPOCH, architecture: 'x86_64' } as const;
const PKG = join(import.meta.dirname, '../../build/mac/pkg');
const COMPONENT = 'portcullis-gateway.pkg';

let folder: string;
let pkg: string;
/** Unpacked by bsdtar, and the payload in it by bsdtar once more. */
let opened: string;
let payload: string;

const run = async (command: readonly string[], options: CommandOptions = {}) =>
  textOf(await runCommand(command, { timeout: 120_000, ...options }));
const ok = (...command: string[]) => runOrThrow(runCommand, command, { timeout: 120_000 });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pkg-'));
  // A program of any content: what is looked at here is how it is packed.
  const program = join(folder, 'program');
  await mkdir(join(program, 'panel/assets'), { recursive: true });
  await writeFile(join(program, 'portcullis'), Buffer.alloc(300_000, 7));
  await chmod(join(program, 'portcullis'), 0o755);
  await writeFile(join(program, 'panel/index.html'), '<!doctype html>\n');
  await writeFile(join(program, 'panel/assets/a b & ü.js'), '');
  pkg = buildGatewayPkg(program, join(folder, 'out'), OPTIONS);
  [opened, payload] = [join(folder, 'opened'), join(folder, 'payload')];
  await mkdir(opened);
  await mkdir(payload);
  await ok('bsdtar', '-xf', pkg, '-C', opened);
  await ok('bsdtar', '-xpf', join(opened, COMPONENT, 'Payload'), '-C', payload);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package for macOS', () => {
  it('is an archive that bsdtar and 7z read alike, digests and all', async () => {
    const other = join(folder, 'other');
    expect(await run(['7z', 'x', '-txar', `-o${other}`, pkg])).toMatchObject({ code: 0 });
    expect(await run(['diff', '--recursive', '--exclude=[[]TOC].xml', opened, other])).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(
      (await run(['find', opened, '-type', 'f', '-printf', '%P\n'])).stdout.split('\n').filter(Boolean).sort(),
    ).toEqual(
      ['Distribution', ...['Bom', 'PackageInfo', 'Payload', 'Scripts'].map((name) => `${COMPONENT}/${name}`)].sort(),
    );
    // Both notice a byte that has changed.
    const bytes = await readFile(pkg);
    bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
    await writeFile(join(folder, 'damaged.pkg'), bytes);
    expect(
      (await run(['bsdtar', '-tf', join(folder, 'damaged.pkg')])).code === 0 &&
        (await run(['7z', 't', '-txar', join(folder, 'damaged.pkg')])).code === 0,
    ).toBe(false);
  });

  it('is the same, byte by byte, when it is built again', async () => {
    const again = buildGatewayPkg(join(folder, 'program'), join(folder, 'again'), OPTIONS);
    expect(await readFile(again)).toEqual(await readFile(pkg));
  });

  it('installs program, service and command, for all to read and for nobody but root to change', async () => {
    const listed = await run(['bsdtar', '-tvf', join(opened, COMPONENT, 'Payload'), '--numeric-owner']);
    const lines = listed.stdout.trim().split('\n');
    for (const line of lines) expect(line).toMatch(/^\S{10}\s+\d+\s+0\s+0\s/);
    const library = join(payload, 'usr/local/lib/portcullis');
    expect((await stat(join(library, 'portcullis'))).mode & 0o777).toBe(0o755);
    expect((await stat(join(library, 'panel/index.html'))).mode & 0o777).toBe(0o644);
    expect((await stat(join(payload, 'Library/LaunchDaemons/com.portcullis.gateway.plist'))).mode & 0o777).toBe(0o644);
    expect((await run(['readlink', '-m', join(payload, 'usr/local/bin/portcullis')])).stdout.trim()).toBe(
      join(library, 'portcullis'),
    );
    expect((await stat(join(library, 'portcullis'))).mtimeMs).toBe(EPOCH * 1000);
  });

  it('has a bill of materials that says of each path what bsdtar unpacked', async () => {
    const listed = readBom(await readFile(join(opened, COMPONENT, 'Bom')));
    const { stdout } = await run(['find', payload, '-printf', '%P\t%y\t%m\t%s\t%l\n']);
    const found = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(listed.size).toBe(found.length);
    expect(listed.size).toBeGreaterThan(10);
    for (const [path = '', kind, mode = '', size, target] of found) {
      const entry = listed.get(path === '' ? '.' : path);
      expect(entry, path).toMatchObject({
        kind: { d: 'folder', f: 'file', l: 'link' }[kind ?? ''],
        uid: 0,
        gid: 0,
        mtime: EPOCH,
      });
      if (kind !== 'l') expect(entry?.mode.toString(8), path).toBe(mode);
      if (kind === 'l') expect(entry?.target).toBe(target);
      if (kind !== 'f') continue;
      expect(entry?.size, path).toBe(Number(size));
      const { stdout: sum } = await run(['cksum', join(payload, path)]);
      expect(entry?.checksum, path).toBe(Number(sum.split(' ')[0]));
    }
  });

  it('describes itself as the installer reads it', async () => {
    const info = parseXml(await readFile(join(opened, COMPONENT, 'PackageInfo'), 'utf8'));
    const attributes = Object.fromEntries([...info.attributes].map(({ name, value }) => [name, value]));
    expect(attributes).toMatchObject({
      identifier: 'io.portcullis.gateway',
      version: '0.1.0',
      'install-location': '/',
      auth: 'root',
      relocatable: 'false',
    });
    const files = (await run(['find', payload, '-printf', '.'])).stdout.length;
    expect(only(info, 'payload').getAttribute('numberOfFiles')).toBe(String(files));
    const scripts = elements(only(info, 'scripts')).map((script) => script.getAttribute('file')?.replace('./', ''));
    const packed = (await run(['bsdtar', '-tf', join(opened, COMPONENT, 'Scripts')])).stdout.trim().split('\n');
    expect(
      packed
        .filter((name) => name !== '.' && name !== './')
        .map((name) => name.replace('./', ''))
        .sort(),
    ).toEqual([...scripts].sort());

    const distribution = parseXml(await readFile(join(opened, 'Distribution'), 'utf8'));
    const reference = elements(distribution, 'pkg-ref').find((element) => element.textContent !== '');
    expect(reference?.textContent).toBe(`#${COMPONENT}`);
    expect(reference?.getAttribute('id')).toBe(attributes.identifier);
    expect(only(distribution, 'options').getAttribute('hostArchitectures')).toBe('x86_64');
  });

  it('has a service that runs what is installed, with a configuration that the gateway takes', async () => {
    const plist = parsePlist(
      await readFile(join(payload, 'Library/LaunchDaemons/com.portcullis.gateway.plist'), 'utf8'),
    );
    expect(plist).toMatchObject({ Label: 'com.portcullis.gateway', RunAtLoad: true, KeepAlive: true });
    const [program = '', ...args] = plist.ProgramArguments;
    expect((await stat(join(payload, program))).isFile()).toBe(true);
    expect(args).toEqual(['gateway', 'run', '--config', '/Library/Application Support/Portcullis/gateway.json']);
    GatewayConfig.parse(JSON.parse(await readFile(join(payload, 'usr/local/lib/portcullis/gateway.json'), 'utf8')));
  });
});

describe('`npm run package -- mac`', () => {
  let built: string;
  beforeAll(async () => {
    built = join(folder, 'built');
    await buildPackages(built, 'mac');
  });

  it('puts our program into Node for macOS, as its loader and another reader find it', async () => {
    const file = join(built, 'program/darwin-x64/portcullis');
    const program = machO(await readFile(file));
    expect(program).toMatchObject({ cpu: 'x86-64', kind: 'executable', signed: false });
    const blob = program.sections.get('NODE_SEA,__NODE_SEA_BLOB');
    // What Node writes before everything else that it is to run (src/node_sea.cc).
    expect(blob?.readUInt32LE(0)).toBe(0x0143_da20);
    expect(blob?.includes('portcullis.cjs')).toBe(true);
    expect(program.bytes.includes('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1')).toBe(true);
    expect((await run(['7z', 'l', '-ba', file])).stdout).toMatch(/ NODE_SEA__NODE_SEA_BLOB$/m);
  });

  it('packs it with the panel and the licences, for Intel only', async () => {
    const [name = ''] = await readdir(join(built, 'mac'));
    expect(name).toMatch(/^portcullis-gateway-\d+\.\d+\.\d+-x86_64\.pkg$/);
    const { stdout } = await run([
      'sh',
      '-c',
      'bsdtar -xOf "$1" "*/Payload" | bsdtar -tf -',
      'sh',
      join(built, 'mac', name),
    ]);
    const files = stdout.split('\n');
    for (const path of ['portcullis', 'panel/index.html', 'licenses.md', 'gateway.json', 'uninstall.sh']) {
      expect(files).toContain(`./usr/local/lib/portcullis/${path}`);
    }
  });
});

describe('the scripts of the package, with the commands of macOS played', () => {
  let play: string;
  beforeAll(async () => {
    play = join(folder, 'play');
    await mkdir(play);
  });

  /** @param answers how often the gateway is asked in vain before it answers. */
  async function script(name: string, { loaded = false, taken = true, answers = 0 } = {}) {
    const root = await mkdtemp(join(folder, 'root-'));
    await mkdir(join(root, 'lib'), { recursive: true });
    await writeFile(join(root, 'lib/gateway.json'), '{}');
    const log = join(root, 'log');
    const played: Record<string, string> = {
      launchctl: `echo "launchctl $*" >>${log}; case $1 in print) exit ${loaded ? 0 : 113} ;; bootstrap) exit ${taken ? 0 : 5} ;; esac`,
      chown: `echo "chown $*" >>${log}`,
      sleep: 'exit 0',
      pkgutil: `echo "pkgutil $*" >>${log}`,
      portcullis: `echo x >>${root}/asked; test "$(wc -l <${root}/asked)" -gt ${answers}`,
    };
    for (const [command, body] of Object.entries(played)) {
      await writeFile(join(play, command), `#!/bin/sh\n${body}\n`);
      await chmod(join(play, command), 0o755);
    }
    const text = (await readFile(join(PKG, name), 'utf8'))
      .replace('PATH=/usr/bin:', `PATH=${play}:/usr/bin:`)
      .replaceAll('/usr/local/lib/portcullis/portcullis', join(play, 'portcullis'))
      .replaceAll('/usr/local/lib/portcullis', join(root, 'lib'))
      .replaceAll('/usr/local/bin', join(root, 'bin'))
      .replaceAll("'/Library/Application Support/Portcullis'", `'${root}/Application Support/Portcullis'`)
      .replaceAll('/Library/LaunchDaemons', join(root, 'LaunchDaemons'));
    const file = join(root, 'script');
    await writeFile(file, text);
    const { code, stderr } = await run(['sh', file], { env: { PATH: '/usr/bin:/bin' } });
    const said = await readFile(log, 'utf8').catch(() => '');
    return { code, stderr, root, said: said.replaceAll(root, '') };
  }

  it('end the gateway that runs before its files are replaced, and only then', async () => {
    expect(await script('scripts/preinstall', { loaded: true })).toMatchObject({
      code: 0,
      said: 'launchctl print system/com.portcullis.gateway\nlaunchctl bootout system/com.portcullis.gateway\n',
    });
    expect((await script('scripts/preinstall')).said).not.toContain('bootout');
  });

  it('succeed only once the gateway answers, and make what it reads for nobody else to change', async () => {
    const { code, said, root } = await script('scripts/postinstall', { answers: 3 });
    expect(code).toBe(0);
    expect(said).toBe(
      'chown root:wheel /Application Support/Portcullis\nchown root:wheel /Application Support/Portcullis/gateway.json\nlaunchctl bootstrap system /LaunchDaemons/com.portcullis.gateway.plist\n',
    );
    expect((await stat(join(root, 'Application Support/Portcullis'))).mode & 0o777).toBe(0o755);
    expect((await stat(join(root, 'Application Support/Portcullis/gateway.json'))).mode & 0o777).toBe(0o644);
  });

  it('fail where launchd does not take the service, or the gateway never answers, and leave none running', async () => {
    for (const [how, sentence] of [
      [{ taken: false }, 'launchd does not take the service'],
      [{ answers: 1000 }, 'the gateway does not answer'],
    ] as const) {
      const { code, stderr, said } = await script('scripts/postinstall', how);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(sentence) });
      expect(said).toMatch(/launchctl bootout system\/com\.portcullis\.gateway\n$/);
    }
  });

  it('take everything of the package away', async () => {
    const { code, said, root } = await script('uninstall.sh', { loaded: true });
    expect(code).toBe(0);
    expect(said).toMatch(/bootout system\/com\.portcullis\.gateway\npkgutil --forget io\.portcullis\.gateway\n$/);
    expect((await run(['ls', root])).stdout).not.toContain('lib');
  });

  it('are clean for ShellCheck', async () => {
    const scripts = ['scripts/preinstall', 'scripts/postinstall', 'uninstall.sh'].map((name) => join(PKG, name));
    expect(await run(['shellcheck', '--shell=sh', '--severity=style', ...scripts])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
});
