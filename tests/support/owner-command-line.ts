import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { CLI } from './command-line.ts';
import type { TestHub } from './hub.ts';
import { TestBrowser } from './test-browser.ts';
import { withoutSlowNotes } from './without-slow-notes.ts';

export interface Said {
  code: unknown;
  stdout: string;
  stderr: string;
}

/** `portcullis hub …` for the organization acme of a hub, and a browser that does what the command asks for. */
export interface OwnerCommandLine {
  /** With a sign-in that the first command of each user keeps (`hub sign-in`): another one takes seconds, in which nothing is tested. */
  run: (username: string, ...args: string[]) => Promise<Said>;
  /** Without it, in another environment. @param username null where nobody is there */
  runIn: (env: NodeJS.ProcessEnv, username: string | null, ...args: string[]) => Promise<Said>;
}

export function ownerCommandLine(hub: () => TestHub): OwnerCommandLine {
  const runIn: OwnerCommandLine['runIn'] = async (env, username, ...args) => {
    const where = args[0] === 'sign-out' ? [] : ['--hub', hub().url, '--org', 'acme'];
    const child = spawn(process.execPath, [CLI, 'hub', ...args, ...where], {
      env: { ...process.env, ...env },
    });
    const said = { stdout: '', stderr: '' };
    const opened = new Set<string>();
    const follow = (): void => {
      // A command may ask twice: once more for what takes a fresh sign-in.
      const links = `${said.stdout}\n${said.stderr}`.matchAll(/^ {2}(http\S+\/oidc\/device\S*)$/gm);
      for (const [, link = ''] of links) {
        if (opened.has(link) || username === null) continue;
        opened.add(link);
        void confirm(link, username);
      }
    };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('data', (chunk: Buffer) => {
        said[stream] += chunk.toString('utf8');
        follow();
      });
    }
    const [code] = await once(child, 'close');
    return { code, stdout: said.stdout, stderr: withoutSlowNotes(said.stderr) };
  };

  async function confirm(link: string, username: string): Promise<void> {
    const browser = new TestBrowser();
    await browser.open(link);
    await browser.submit({});
    if (username === 'no') {
      await browser.submit({}, { name: 'abort', value: 'yes' });
      return;
    }
    await browser.submit({}, { name: 'confirm', value: 'yes' });
    const password = await hub().password(username);
    await browser.submit({ username, password }, { name: 'action', value: 'sign-in' });
  }

  const kept = new Map<string, Promise<NodeJS.ProcessEnv>>();
  async function signIn(username: string): Promise<NodeJS.ProcessEnv> {
    const env = { XDG_RUNTIME_DIR: await mkdtemp(join(tmpdir(), 'portcullis-kept-')) };
    const { code, stderr } = await runIn(env, username, 'sign-in');
    if (code !== 0) throw new Error(`cannot sign in as ${username}: ${stderr}`);
    return env;
  }
  afterAll(async () => {
    for (const { XDG_RUNTIME_DIR = '' } of await Promise.all(kept.values()))
      await rm(XDG_RUNTIME_DIR, { recursive: true });
  });

  return {
    async run(username, ...args) {
      const signedIn = kept.get(username) ?? signIn(username);
      kept.set(username, signedIn);
      return runIn(await signedIn, username, ...args);
    },
    runIn,
  };
}
