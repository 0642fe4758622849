import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI } from '../../support/command-line.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { discover, isCallback } from '../../support/hub-client.ts';
import { TestBrowser } from '../../support/test-browser.ts';

describe('a restarted hub', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.stop());

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'has the same address, keys, revision and document after %s, and everybody is still signed in',
    async (signal) => {
      const client = await discover(hub.url);
      const tokens = await hub.signInTokens('mia');
      const browser = new TestBrowser(isCallback);
      const signInUrl = async (): Promise<URL> =>
        oidc.buildAuthorizationUrl(client, {
          redirect_uri: 'http://127.0.0.1:9/callback',
          scope: 'openid',
          code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
          code_challenge_method: 'S256',
        });
      await hub.finishSignIn(await signInUrl(), 'mia', browser);
      const { revision } = await hub.putSettings('acme', { contact: signal });
      const policy = async (): Promise<unknown> => {
        const response = await fetch(`${hub.url}/v1/orgs/acme/registry-access`, {
          headers: { authorization: `Bearer ${tokens.access_token}` },
        });
        return { status: response.status, etag: response.headers.get('etag'), jws: await response.text() };
      };
      const before = { url: hub.url, keys: await hub.policyKeys(), policy: await policy() };

      await hub.halt(signal);
      await hub.start();

      expect({ url: hub.url, keys: await hub.policyKeys(), policy: await policy() }).toEqual(before);
      expect((await oidc.refreshTokenGrant(client, tokens.refresh_token ?? '')).access_token).toBeDefined();
      expect((await browser.open(await signInUrl())).text).toContain('Continue as Mia?');
      expect((await hub.putSettings('acme', { contact: `after ${signal}` })).revision).toBe(revision + 1);
    },
  );

  it('ends its event streams when it stops', async () => {
    const stream = await fetch(`${hub.url}/v1/orgs/acme/registry-access/events`, {
      headers: { authorization: `Bearer ${await hub.signIn('mia')}` },
    });
    await hub.halt();
    expect(await stream.text()).toContain('event: revision');
    expect(hub.log()).toContain('hub stopped');
    await hub.start();
  });
});

describe('a hub whose lists are from an earlier version', () => {
  it('completes them once, and never again against what the owner decided', async () => {
    const hub = await startHub();
    try {
      const addresses = async (): Promise<string[]> =>
        (await hub.putSettings('acme', {})).registries.map((one) => one.address);
      await hub.putSettings('acme', { registries: [{ address: 'gcr.io' }] });
      await hub.halt();
      const database = new DatabaseSync(join(hub.dataDir, 'hub.sqlite'));
      database.exec("DELETE FROM facts WHERE name = 'lists-completed'");
      database.close();
      await hub.start();
      expect(await addresses()).toEqual(['gcr.io', 'storage.googleapis.com']);

      await hub.putSettings('acme', { registries: [{ address: 'gcr.io' }] });
      await hub.halt();
      await hub.start();
      expect(await addresses()).toEqual(['gcr.io']);
    } finally {
      await hub.stop();
    }
  });
});

it('a hub says in its log what the addresses in its configuration come to', async () => {
  const registries = [
    { address: 'http://registry.corp.example/' },
    { address: 'ghcr.io/acme' },
    { address: 'no host' },
  ];
  const hub = await startHub({
    organizations: [{ name: 'acme', settings: { enabled: true, mode: 'enforce', registries } }],
  });
  try {
    const codes = ['address-plain-http', 'address-path-dropped', 'address-host'];
    for (const code of codes) expect(hub.log()).toContain(`"code":"${code}"`);
    expect((await hub.putSettings('acme', { registries: [] })).revision).toBe(2);
  } finally {
    await hub.stop();
  }
});

describe('a hub that cannot start', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** @returns the command's last line on standard error, and its exit code */
  async function fail(config: unknown): Promise<{ line: string; code: number }> {
    const file = join(folder, 'hub.json');
    await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
    const run = promisify(execFile)(process.execPath, [CLI, 'hub', 'run', '--config', file]);
    const error: unknown = await run.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof Error) || !('stderr' in error) || !('code' in error)) throw new Error('it ran');
    return { line: String(error.stderr).trimEnd().split('\n').at(-1) ?? '', code: Number(error.code) };
  }

  it('prints one line if its port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { line, code } = await fail({ dataDir: join(folder, 'a'), listen: { port } });
    taken.close();
    expect(line).toContain(`Port ${port} on 127.0.0.1 is in use by another program.`);
    expect(code).toBe(1);
  });

  it('prints one line if another hub runs on its folder', async () => {
    const hub = await startHub();
    try {
      const { line } = await fail({ dataDir: hub.dataDir });
      expect(line).toContain(`Another hub is running on ${hub.dataDir}.`);
    } finally {
      await hub.stop();
    }
  });

  it('prints one line if its folder cannot be created', async () => {
    await writeFile(join(folder, 'file'), '');
    const { line } = await fail({ dataDir: join(folder, 'file', 'data') });
    expect(line).toContain(`Could not write to ${join(folder, 'file', 'data')}.`);
  });

  it.each<[string, unknown, string]>([
    ['invalid JSON', '{', 'line 1, column 2: The file ends too early.'],
    ['an unknown member', { dataDir: '/x', prot: 1 }, 'prot'],
    ['a public listener without a TLS address', { dataDir: '/x', listen: { host: '0.0.0.0' } }, 'publicUrl'],
    [
      'a user of an unknown organization',
      { dataDir: '/x', seed: { users: [{ username: 'mia', organizations: [{ name: 'acme', role: 'member' }] }] } },
      'seed.organizations',
    ],
  ])('prints one line if its configuration has %s', async (_what, config, words) => {
    const { line, code } = await fail(config);
    expect(line).toContain(words);
    expect(code).toBe(1);
  });

  it('prints one line if others can read the passwords', async () => {
    const passwordsFile = join(folder, 'passwords.json');
    await writeFile(passwordsFile, '{"mia":"x"}');
    await chmod(passwordsFile, 0o644);
    const { line } = await fail({ dataDir: join(folder, 'b'), passwordsFile });
    expect(line).toContain(`Other users of this machine can read ${passwordsFile}.`);
  });

  it.each([
    ['{\n  "mia": "hunter2",\n}', 'line 2, column 19: Trailing comma'],
    ['{\n  "mia": hunter2\n}', 'line 2, column 10: This is not a JSON value.'],
    ['{\n  "mia": ["hunter2"]\n}', 'line 2, column 10: not a JSON object of user names and passwords'],
  ])('says where the passwords %j are malformed, and repeats none', async (content, cause) => {
    const passwordsFile = join(folder, 'passwords.json');
    await rm(passwordsFile, { force: true });
    await writeFile(passwordsFile, content, { mode: 0o600 });
    const { line } = await fail({ dataDir: join(folder, 'c'), passwordsFile });
    expect(line).toContain(cause);
    expect(line).toContain('[passwords-unusable]');
    expect(line).not.toContain('hunter2');
  });
});

describe('a hub that exports its policies', () => {
  it('keeps a folder up to date that any web server can serve', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-export-'));
    const hub = await startHub({ exportFolder: folder });
    try {
      const policy = join(folder, 'v1', 'orgs', 'acme', 'registry-access');
      const served = async (): Promise<string> => {
        const authorization = `Bearer ${await hub.signIn('mia')}`;
        return (await fetch(`${hub.url}/v1/orgs/acme/registry-access`, { headers: { authorization } })).text();
      };
      const first = await readFile(policy, 'utf8');
      expect(first).toBe(await served());
      expect(JSON.parse(await readFile(join(folder, 'v1', 'policy-keys'), 'utf8'))).toEqual(await hub.policyKeys());

      await hub.putSettings('acme', { mode: 'audit' });
      await expect.poll(() => readFile(policy, 'utf8')).not.toBe(first);
      expect(await readFile(policy, 'utf8')).toBe(await served());
    } finally {
      await hub.stop();
      await rm(folder, { recursive: true });
    }
  });
});

describe('a hub’s files', () => {
  it('are readable by its own user only, and the passwords in its file apply', async () => {
    const hub = await startHub();
    try {
      for (const name of ['hub.sqlite', 'passwords.json']) {
        expect((await stat(join(hub.dataDir, name))).mode & 0o077).toBe(0);
      }
      await hub.halt();
      await writeFile(join(hub.dataDir, 'passwords.json'), JSON.stringify({ olivia: 'one', mia: 'correct horse' }));
      await hub.start();
      expect(await hub.signIn('mia')).toBeTypeOf('string');
    } finally {
      await hub.stop();
    }
  });
});
