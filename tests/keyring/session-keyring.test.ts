import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startHub, type TestHub } from '../support/hub.ts';
import { startTestKeyring, type TestKeyring } from '../support/keyring-daemon.ts';

/** keytar, libsecret, D-Bus and GNOME Keyring, all of them real; every restart is another process. */
let hub: TestHub;
let keyring: TestKeyring;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());
beforeEach(async () => {
  keyring = await startTestKeyring();
  folder = await mkdtemp(join(tmpdir(), 'portcullis-session-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await keyring.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Said {
  authorizationUrl?: string;
  state?: { kind: string; org?: string; problem?: { code: string } | null };
  health?: string[];
}

class Process {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#child = spawn(
      process.execPath,
      ['tests/support/keyring-session.ts', hub.url, join(folder, 'account.json'), join(folder, 'session.log')],
      { env: keyring.env, stdio: ['pipe', 'pipe', 'inherit'] },
    );
    children.push(this.#child);
    const lines: Interface = createInterface({ input: this.#child.stdout ?? process.stdin });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async until(wanted: (said: Said) => boolean): Promise<Said> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error('the process ended');
      const said: Said = JSON.parse(value);
      if (wanted(said)) return said;
    }
  }

  say(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  async signIn(): Promise<Said> {
    this.say('sign-in');
    const { authorizationUrl } = await this.until((said) => said.authorizationUrl !== undefined);
    await hub.finishSignIn(authorizationUrl ?? '', 'mia');
    return this.until(({ state }) => state?.kind === 'signed-in');
  }

  /** @returns the signal that ended it, if one did */
  async end(): Promise<string | null> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin?.end();
    const [, signal] = await ended;
    return signal;
  }
}

async function signedInBefore(): Promise<void> {
  await keyring.start('unlocked');
  const before = new Process();
  expect((await before.signIn()).health).toEqual([]);
  await before.end();
}

describe('a restart', () => {
  it('finds the credential in the keyring', async () => {
    await signedInBefore();
    const again = new Process();
    await again.until(({ state }) => state?.kind === 'signed-in' && state.org === 'acme');
    await again.end();
  });

  it('leaves no token outside of it: not in the account, not in the log, not readable in the keyring file', async () => {
    await signedInBefore();
    const token = await storedToken();
    expect(token.length).toBeGreaterThan(20);
    const files = [join(folder, 'account.json'), join(folder, 'session.log')];
    for (const name of await readdir(keyring.folder)) files.push(join(keyring.folder, name));
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect(await readFile(file, 'latin1')).not.toContain(token);
  });

  it('with the keyring locked is not signed out', async () => {
    await signedInBefore();
    await keyring.halt();
    await keyring.start('locked');
    const again = new Process();
    const { state } = await again.until((said) => said.state !== undefined);
    expect(state).toMatchObject({
      kind: 'credential-unreadable',
      org: 'acme',
      problem: { code: 'keyring-locked' },
    });
    await again.end();
  });

  it('with the keyring gone is not signed out', async () => {
    await signedInBefore();
    await keyring.halt();
    const again = new Process();
    const { state, health } = await again.until((said) => said.state !== undefined);
    expect(state).toMatchObject({ kind: 'credential-unreadable', org: 'acme', problem: { code: 'no-keyring' } });
    expect(health).toEqual(['no-keyring']);
    await again.end();
  });

  it("with the keyring's files corrupted is not signed out", async () => {
    await signedInBefore();
    await keyring.halt();
    for (const name of await readdir(keyring.folder)) await writeFile(join(keyring.folder, name), 'not a keyring');
    await keyring.start('unlocked');
    const again = new Process();
    const { state } = await again.until((said) => said.state !== undefined);
    expect(state).toMatchObject({ kind: 'credential-unreadable', org: 'acme' });
    await again.signIn();
    await again.end();
  });
});

describe('a keyring that hangs', () => {
  it('is not read, and so holds up nobody', async () => {
    await signedInBefore();
    keyring.freeze();
    const again = new Process();
    await again.until(({ health }) => health?.includes('keyring-locked') ?? false);
    expect(await again.end()).toBeNull();
  });

  it('while it is written to holds up nobody who quits', async () => {
    await keyring.start('unlocked');
    keyring.freeze();
    const one = new Process();
    await one.signIn();
    // D-Bus would give up after 50 seconds, far beyond this test's time.
    expect(await one.end()).toBe('SIGKILL');
  }, 40_000);
});

describe('signing in', () => {
  it.each([
    ['absent', 'no-keyring', async () => undefined],
    ['locked', 'keyring-locked', () => lockedKeyring()],
  ])('works with a keyring that is %s, in memory, and says so', async (_name, code, prepare) => {
    await prepare();
    const one = new Process();
    await one.signIn();
    await one.until(({ state, health }) => state?.kind === 'signed-in' && health?.join() === code);
    await one.end();
    const again = new Process();
    await again.until(({ state }) => state?.kind === 'credential-unreadable');
    await again.end();
  });
});

it('signing out leaves nothing in the keyring', async () => {
  await signedInBefore();
  expect(await storedToken()).not.toBe('');
  const one = new Process();
  await one.until(({ state }) => state?.kind === 'signed-in');
  one.say('sign-out');
  await one.until(({ state }) => state?.kind === 'signed-out');
  await one.end();
  expect(await storedToken()).toBe('');
});

async function lockedKeyring(): Promise<void> {
  // There has to be one that can be locked.
  await keyring.start('unlocked');
  await keyring.halt();
  await keyring.start('locked');
}

/** Straight from the keyring, past our own code. */
async function storedToken(): Promise<string> {
  const script = `require('keytar').getPassword('Portcullis', process.argv[1]).then((secret) => process.stdout.write(secret ?? ''))`;
  const child = spawn(process.execPath, ['-e', script, join(folder, 'account.json')], {
    env: keyring.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  await once(child, 'close');
  return text === '' ? '' : JSON.parse(text).refreshToken;
}
