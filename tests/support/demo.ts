import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { CLI } from './command-line.ts';

/** The demo as a newcomer has it after `npm start`, read from what it prints. */
export interface TestDemo {
  folder: string;
  hubUrl: string;
  panelUrl: string;
  password(username: string): string;
  /** `127.0.0.1:PORT` */
  proxy: string;
  /** As a person would after `npm run -s portcullis -- open --print`. */
  openPanel(): Promise<string>;
  cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** Everything printed so far. */
  output(): string;
  /** Ctrl-C, and again on the same folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Runs `main/demo/run-demo.ts` on a folder of its own, without a browser. */
export async function startDemo(...args: string[]): Promise<TestDemo> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-demo-'));
  let child: ChildProcess;
  let output = '';

  async function start(): Promise<void> {
    output = '';
    child = spawn(process.execPath, ['main/demo/run-demo.ts', '--headless', '--folder', folder, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PORTCULLIS_BROWSER: 'none' },
    });
    const printed = Promise.withResolvers<void>();
    const collect = (chunk: Buffer): void => {
      output += chunk.toString('utf8');
      if (output.includes('Press Ctrl-C to stop')) printed.resolve();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.once('close', () => printed.reject(new Error(`the demo ended:\n${output}`)));
    await printed.promise;
  }

  async function end(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGINT');
    await closed;
  }

  const found = (pattern: RegExp): string => {
    const value = pattern.exec(output)?.[1];
    if (value === undefined) throw new Error(`the demo did not print ${pattern}:\n${output}`);
    return value;
  };

  async function cli(...command: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const run = spawn(process.execPath, [CLI, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PORTCULLIS_AGENT_SOCKET: join(folder, 'run', 'agent.sock') },
    });
    const read = { stdout: '', stderr: '' };
    run.stdout.on('data', (chunk: Buffer) => {
      read.stdout += chunk.toString('utf8');
    });
    run.stderr.on('data', (chunk: Buffer) => {
      read.stderr += chunk.toString('utf8');
    });
    const [code] = z.tuple([z.number(), z.unknown()]).parse(await once(run, 'close'));
    return { code, ...read };
  }

  try {
    await start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    folder,
    get hubUrl() {
      return found(/acme's server +(http\S+)/);
    },
    get panelUrl() {
      return found(/Panel +(http\S+)/);
    },
    get proxy() {
      return found(/curl -i -x http:\/\/(\S+)/);
    },
    password: (username) => found(new RegExp(`${username} +password (\\S+)`)),
    output: () => output,
    async openPanel() {
      return (await cli('open', '--print')).stdout.trim();
    },
    cli,
    async restart() {
      await end();
      await start();
    },
    async stop() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The gateway's own process, which the demo does not name. */
export async function pidOf(demo: TestDemo, name: 'gateway' | 'agent'): Promise<number> {
  const line = (await readFile(join(demo.folder, name, `${name}.log`), 'utf8')).trim().split('\n').at(-1) ?? '';
  return z.object({ pid: z.number() }).parse(JSON.parse(line)).pid;
}
