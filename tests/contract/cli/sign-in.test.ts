import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AgentSocket, serveAgentSocket } from '../../../main/agent/transport/agent-socket.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';
import { CLI } from '../../support/command-line.ts';
import { ACME_AND_GLOBEX } from '../../support/hub.ts';
import { TestBrowser } from '../../support/test-browser.ts';

/** `portcullis sign-in` and `sign-out`, against the real agent, hub and gateway. */
let test: TestAgent;
let socket: AgentSocket;
let folder: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  test = await startTestAgent({ hub: ACME_AND_GLOBEX, browser: false });
  folder = await mkdtemp(join(tmpdir(), 'pc-cli-'));
  const handlers = { ...test.agent.handlers, 'panel.open': async () => ({ url: null }) };
  socket = await serveAgentSocket(join(folder, 'run', 'agent.sock'), { ...test.agent, handlers }, silentLogger());
});
afterAll(async () => {
  await socket.close();
  await test.stop();
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  for (const child of running.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await test.agent.handlers['session.signOut']({});
});

function portcullis(...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, PORTCULLIS_AGENT_SOCKET: socket.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString();
  });
  const ended = once(child, 'close').then(([code]) => ({ code, ...said }));
  /** The first group of what it has printed, once it has. */
  const printed = async (pattern: RegExp): Promise<string> => {
    await expect.poll(() => said.out).toMatch(pattern);
    return pattern.exec(said.out)?.[1] ?? '';
  };
  return { child, ended, printed };
}

async function agreeElsewhere(address: string, code: string, username: string): Promise<string> {
  const browser = new TestBrowser();
  await browser.open(address);
  await browser.submit({ user_code: code });
  await browser.submit({}, { name: 'confirm', value: 'yes' });
  const password = await test.hub.password(username);
  return (await browser.submit({ username, password }, { name: 'action', value: 'sign-in' })).text;
}

describe('portcullis sign-in --device', () => {
  it('prints an address and a code, waits, and ends with who is signed in', async () => {
    const { printed, ended } = portcullis('sign-in', '--device');
    const code = await printed(/enter the code {2}(\S+)/);
    const address = await printed(/open\n {2}(\S+)\n/);
    expect(await agreeElsewhere(address, code, 'mia')).toContain('Signed in');
    expect(await ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('Signed in to acme as Mia.\n'),
      err: '',
    });
  });

  it('is continued by another command with --continue, which prints its address and code again', async () => {
    const first = portcullis('sign-in', '--device');
    const code = await first.printed(/enter the code {2}(\S+)/);
    const second = portcullis('sign-in', '--continue');
    expect(await second.printed(/The code is {2}(\S+)/)).toBe(code);
    await agreeElsewhere(await second.printed(/browser:\n {2}(\S+)\n/), code, 'mia');
    const signedIn = { code: 0, out: expect.stringContaining('Signed in to acme as Mia.\n') };
    expect(await Promise.all([first.ended, second.ended])).toMatchObject([signedIn, signedIn]);
  });

  it('says why not: a member of another organization', async () => {
    const { printed, ended } = portcullis('sign-in', '--device');
    const code = await printed(/enter the code {2}(\S+)/);
    await agreeElsewhere(await printed(/open\n {2}(\S+)\n/), code, 'gus');
    const { code: exit, err } = await ended;
    expect(exit).toBe(1);
    expect(err).toMatch(/^portcullis: Gus belongs to globex, but this machine requires acme\. .+\n$/);
  });

  it.skipIf(process.platform === 'win32')('is cancelled by Ctrl-C', async () => {
    const { child, printed, ended } = portcullis('sign-in', '--device');
    await printed(/enter the code {2}(\S+)/);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 1, err: expect.stringContaining('Sign-in was cancelled.') });
    expect(test.agent.snapshot().session?.kind).toBe('signed-out');
  });
});

describe('portcullis sign-in', () => {
  it('prints the address where no browser can be opened', async () => {
    const { printed, ended } = portcullis('sign-in');
    const address = await printed(/on this machine \(on another device, use --device\):\n {2}(\S+)\n/);
    await test.hub.finishSignIn(address, 'mia');
    expect(await ended).toMatchObject({ code: 0, out: expect.stringContaining('Signed in to acme as Mia.\n') });
  });
});

describe('portcullis sign-out', () => {
  it('signs out, and says what that means', async () => {
    await test.signIn('mia');
    expect(await portcullis('sign-out').ended).toMatchObject({
      code: 0,
      out: 'Signed out.\nAll pulls are blocked until a member of acme signs in.\n',
    });
    expect(test.agent.snapshot().session?.kind).toBe('signed-out');
  });
});
