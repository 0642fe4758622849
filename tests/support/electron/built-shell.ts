import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { z } from 'zod';
import { waitFor } from '../background-process.ts';
import type { ElectronDouble } from './double.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const bin = (name: string): string => join(root, 'node_modules', name);

/** What is shipped, built into a folder of its own so that two runs do not meet. */
export interface BuiltShell extends AsyncDisposable {
  folder: string;
}

export async function buildShell(): Promise<BuiltShell> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-built-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const run = promisify(execFile);
    const out = join(folder, 'out');
    const quiet = ['--logLevel', 'warn'];
    await run(process.execPath, [bin('vite/bin/vite.js'), 'build', '--outDir', join(out, 'renderer'), ...quiet], {
      cwd: root,
    });
    await run(process.execPath, [bin('electron-vite/bin/electron-vite.js'), 'build', '--outDir', out, ...quiet], {
      cwd: root,
    });
    await symlink(join(root, 'assets'), join(folder, 'assets'));
    return { folder, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The built program, running under plain Node on the double of Electron. */
export interface RunningShell {
  pid: number;
  /** Calls a function there with the double. It is sent as text: it knows its argument and nothing else. */
  run<T, A = undefined>(order: (double: ElectronDouble, argument: A) => T | Promise<T>, argument?: A): Promise<T>;
  /** The same until it gives something. */
  until<T, A = undefined>(
    what: string,
    order: (double: ElectronDouble, argument: A) => T | null | false,
    argument?: A,
  ): Promise<T>;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code once it has ended. */
  ended: Promise<number | null>;
  /** Resolves when it has said that it is ready. */
  ready(): Promise<void>;
  /** The test that started it goes away without a word. */
  disconnect(): void;
  /** SIGKILL unless told otherwise. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface RunOptions {
  args?: string[];
  packaged?: boolean;
  lock?: boolean;
  env?: NodeJS.ProcessEnv;
}

const Answer = z.object({ id: z.number(), value: z.unknown().optional(), error: z.string().optional() });

export function runBuilt(folder: string, options: RunOptions = {}): RunningShell {
  return runOnDouble(join(folder, 'out', 'main', 'index.js'), options);
}

/** Any program for Electron, under plain Node on the double. */
export function runOnDouble(script: string, { args = [], packaged, lock, env = {} }: RunOptions = {}): RunningShell {
  const register = join(import.meta.dirname, 'register.ts');
  const child: ChildProcess = spawn(process.execPath, ['--import', register, script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      // No desktop is asked: whether there is a tray is the test's to say.
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
      PORTCULLIS_ELECTRON_DOUBLE: JSON.stringify({ packaged, lock }),
      ...env,
    },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => {
    said.stdout += chunk.toString('utf8');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    said.stderr += chunk.toString('utf8');
  });
  // Not `close`, which never comes after `disconnect`.
  const ended = Promise.all([once(child, 'exit'), endOf(child.stdout), endOf(child.stderr)]).then(([[code]]) =>
    z.number().nullable().parse(code),
  );
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let last = 0;
  child.on('message', (message) => {
    const { id, value, error } = Answer.parse(message);
    const order = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) order?.resolve(value);
    else order?.reject(new Error(error));
  });
  void ended.then((code) => {
    for (const { reject } of waiting.values()) reject(new Error(`it ended with ${code}: ${said.stderr}`));
    waiting.clear();
  });

  const shell: RunningShell = {
    pid: child.pid ?? 0,
    run<T, A>(order: (double: ElectronDouble, argument: A) => T | Promise<T>, argument?: A) {
      last += 1;
      const id = last;
      return new Promise<T>((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        child.send({ id, source: order.toString(), argument });
      });
    },
    until: (what, order, argument) => waitFor(what, () => shell.run(order, argument)),
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    ended,
    ready: async () => {
      let code: number | null | undefined;
      void ended.then((exitCode) => {
        code = exitCode;
      });
      await waitFor('the shell to be ready', () => {
        if (code !== undefined) throw new Error(`it ended with ${code}: ${said.stderr}`);
        return said.stdout.includes('"ready":true');
      });
    },
    disconnect: () => child.disconnect(),
    async kill(signal = 'SIGKILL') {
      child.kill(signal);
      await ended;
    },
  };
  return shell;
}

async function endOf(stream: Readable | null): Promise<void> {
  if (stream !== null && !stream.readableEnded) await once(stream, 'end');
}
