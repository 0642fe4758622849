import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, lstat, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreatedToken } from '../../../shared/schemas/hub/tokens.ts';
import { WebhookList, WebhookSecret } from '../../../shared/schemas/hub/webhooks.ts';
import { CLI } from '../../support/command-line.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { peopleClient, setPassword } from '../../support/hub-people.ts';
import { TestBrowser } from '../../support/test-browser.ts';

/** `portcullis hub …` on the machine of the hub. */
async function operate(hub: TestHub, ...words: string[]) {
  const config = join(dirname(hub.dataDir), 'hub.json');
  const command = [CLI, 'hub', ...words, '--config', config];
  return promisify(execFile)(process.execPath, command).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, said: stderr }),
  );
}

describe('GET /healthz', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.stop());

  it('says that all is well, by whatever name it is asked, and nothing else', async () => {
    const { port } = new URL(hub.url);
    const asked = request({ host: '127.0.0.1', port, path: '/healthz', headers: { host: '10.0.0.7:8080' } }).end();
    const [answer] = await once(asked, 'response');
    let text = '';
    for await (const chunk of answer) text += chunk;
    expect({ status: answer.statusCode, text }).toEqual({ status: 200, text: '{"status":"ok"}' });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('can only be asked', async () => {
    expect((await fetch(`${hub.url}/healthz`, { method: 'POST' })).status).toBe(405);
    expect((await fetch(`${hub.url}/healthz`, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('the first owner', () => {
  let hub: TestHub;
  const password = 'correct horse battery';
  beforeAll(async () => {
    hub = await startHub({ users: [] });
  });
  afterAll(() => hub.stop());

  const codeIn = (said: string) => /^ {4}(\S+)$/m.exec(said)?.[1] ?? '';

  it('enters the code that root had made, chooses user name and password, and owns the organization', async () => {
    const { code: exit, said } = await operate(hub, 'first-owner');
    expect({ exit, said }).toEqual({ exit: 0, said: expect.stringContaining(`Open ${hub.url}/first-owner and enter`) });
    const code = codeIn(said);
    const browser = new TestBrowser();
    const page = await browser.open(`${hub.url}/first-owner`);
    expect(page.headers.get('content-security-policy')).toContain("form-action 'self'");
    expect(page.text).not.toContain('<script');

    const entered = { code, username: ' Olivia ', password, repeated: password };
    const wrong = await browser.submit({ ...entered, code: 'aaaaa-aaaaa-aaaaa-aaaaa' });
    expect({ status: wrong.status, text: wrong.text }).toEqual({
      status: 422,
      text: expect.stringContaining('This code is not valid.'),
    });
    const short = await browser.submit({ ...entered, password: 'short', repeated: 'short' });
    expect(short.text).toContain('The password is too short.');
    // What was typed is still there, but for the passwords.
    expect(short.text).toContain(`value="${code}"`);
    expect(short.text).toContain('value="olivia"');
    expect(short.text).not.toContain('value="short"');

    expect(await browser.submit(entered)).toMatchObject({ status: 201 });
    await writeFile(join(hub.dataDir, 'passwords.json'), JSON.stringify({ olivia: password }), { mode: 0o600 });
    expect((await hub.putSettings('acme', { contact: '#registries' })).revision).toBe(2);

    await browser.open(`${hub.url}/first-owner`);
    const again = await browser.submit({ ...entered, username: 'mallory' });
    expect(again.text).toContain('This code is not valid.');
    expect(await operate(hub, 'first-owner')).toEqual({ code: 1, said: expect.stringContaining('[owner-exists]') });
    for (const secret of [code, password]) expect(hub.log()).not.toContain(secret);
    expect((await readFile(join(hub.dataDir, 'hub.sqlite-wal'))).includes(code)).toBe(false);
  });

  it('has twenty wrong codes in ten minutes, and then waits', async () => {
    const attempt = () =>
      fetch(`${hub.url}/first-owner`, { method: 'POST', body: new URLSearchParams({ code: 'aaaaa', username: 'x' }) });
    const statuses: number[] = [];
    for (let number = 0; number < 24; number += 1) statuses.push((await attempt()).status);
    expect(new Set(statuses)).toEqual(new Set([422, 429]));
    expect(statuses.at(-1)).toBe(429);
  });

  it('cannot be created where no hub is running', async () => {
    await hub.halt();
    expect(await operate(hub, 'first-owner')).toEqual({ code: 1, said: expect.stringContaining('[hub-not-running]') });
    await hub.start();
  });
});

describe('a backup', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.stop());
  const file = (name: string) => join(dirname(hub.dataDir), name);
  const revisionIn = (path: string) => {
    using database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    return database.prepare('SELECT revision FROM settings').get()?.revision;
  };

  it('is made while the hub saves changes, whole, and readable by its owner only', async () => {
    let done = false;
    const saving = (async () => {
      let revision = 0;
      for (let number = 0; !done; number += 1) {
        ({ revision } = await hub.putSettings('acme', { contact: `change ${number}` }));
      }
      return revision;
    })();
    const made = await operate(hub, 'backup', file('running.backup'));
    done = true;
    const last = await saving;
    expect(made).toMatchObject({ code: 0 });
    expect((await stat(file('running.backup'))).mode & 0o777).toBe(0o600);
    expect(Number(revisionIn(file('running.backup')))).toBeLessThanOrEqual(last);
    expect((await lstat(join(hub.dataDir, 'operator.sock'))).mode & 0o777).toBe(0o600);
  });

  it('replaces no file, and leaves none where it failed', async () => {
    await writeFile(file('mine'), 'mine');
    expect(await operate(hub, 'backup', file('mine'))).toEqual({
      code: 1,
      said: expect.stringContaining('[backup-exists]'),
    });
    expect(await readFile(file('mine'), 'utf8')).toBe('mine');
  });

  it('is restored into a hub that is not running, which tells what that means for machines', async () => {
    const { revision } = await hub.putSettings('acme', { contact: 'at the backup' });
    const keys = await hub.policyKeys();
    await hub.signIn('mia');
    expect(await operate(hub, 'backup', file('b'))).toMatchObject({ code: 0 });
    await hub.putSettings('acme', { contact: 'after it' });
    expect(await operate(hub, 'restore', file('b'))).toEqual({
      code: 1,
      said: expect.stringContaining('[hub-data-in-use]'),
    });
    expect((await hub.putSettings('acme', { contact: 'still running' })).revision).toBe(revision + 2);
    await hub.halt('SIGKILL');

    const { code, said } = await operate(hub, 'restore', file('b'));
    expect({ code, said }).toEqual({
      code: 0,
      said: expect.stringContaining(
        `acme: revision ${revision}; before, it was revision ${revision + 2}: save changes until it is ${revision + 3}.`,
      ),
    });
    await hub.start();
    expect(await hub.policyKeys()).toEqual(keys);
    expect((await hub.putSettings('acme', { contact: 'restored' })).revision).toBe(revision + 1);
    await hub.halt();
    const kept = join(hub.dataDir, 'hub.sqlite.before-restore');
    expect(revisionIn(kept)).toBe(revision + 2);
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    // Whoever was signed in then is not signed in now.
    expect(await operate(hub, 'restore', file('b'))).toMatchObject({ code: 0 });
    using database = new DatabaseSync(join(hub.dataDir, 'hub.sqlite'));
    expect(database.prepare('SELECT count(*) AS found FROM oidc').get()).toEqual({ found: 0 });
    database.close();
    await hub.start();
  });

  it('brings back no token of a pipeline and no link to set a password that has been deleted or used since', async () => {
    const olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
    const token = await olivia.get(CreatedToken, 'POST', 'tokens', { name: 'pipeline', rights: 'read', days: 1 });
    const { invitation } = await olivia.invite('ann');
    const link = invitation?.url ?? '';
    const pipeline = peopleClient(hub, 'acme', token.token);
    expect(await pipeline.outcome('GET', 'registry-access/settings')).toBe('200');
    expect(await operate(hub, 'backup', file('secrets'))).toMatchObject({ code: 0 });
    expect(await olivia.outcome('DELETE', `tokens/${token.id}`)).toBe('204');
    expect(await setPassword(link)).toMatchObject({ status: 200 });
    await hub.halt();
    expect(await operate(hub, 'restore', file('secrets'))).toMatchObject({ code: 0 });
    await hub.start();
    expect(await pipeline.outcome('GET', 'registry-access/settings')).toBe('401 pipeline-token-invalid');
    expect((await fetch(link)).status).toBe(404);
  });

  it('sends nothing that is out of date: webhooks are off, with nothing waiting', async () => {
    const olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
    const hook = { name: 'chat', url: 'https://127.0.0.1/', events: ['settings.changed'] };
    const { webhook } = await olivia.get(WebhookSecret, 'POST', 'webhooks', hook);
    await hub.putSettings('acme', { contact: 'waiting' });
    expect(await operate(hub, 'backup', file('hooks'))).toMatchObject({ code: 0 });
    await hub.halt();
    expect(await operate(hub, 'restore', file('hooks'))).toMatchObject({ code: 0 });
    await hub.start();
    const again = peopleClient(hub, 'acme', await hub.signIn('olivia'));
    const { items } = await again.get(WebhookList, 'GET', 'webhooks');
    expect(items).toMatchObject([{ id: webhook.id, enabled: false, deliveries: [] }]);
    await again.call('DELETE', `webhooks/${webhook.id}`);
  });

  it('of a hub that is not running is the same', async () => {
    const { revision } = await hub.putSettings('acme', { contact: 'stopped' });
    await hub.halt();
    expect(await operate(hub, 'backup', file('stopped.backup'))).toMatchObject({ code: 0 });
    expect(revisionIn(file('stopped.backup'))).toBe(revision);
    await hub.start();
  });

  it('that is none changes nothing', async () => {
    const bad: Record<string, () => Promise<string>> = {
      'is no database': () => planted(Buffer.from('garbage'.repeat(1000))),
      'is empty': () => planted(Buffer.alloc(0)),
      'is cut off': async () => planted((await readFile(file('b'))).subarray(0, 20_000)),
      'is another program’s': () => changed('DROP TABLE activity; ALTER TABLE settings RENAME TO other'),
      'comes from a newer version': () => changed('PRAGMA user_version = 99'),
      'is not there': async () => file('nowhere'),
    };
    const { revision } = await hub.putSettings('acme', { contact: 'before' });
    await hub.halt();
    for (const [what, plant] of Object.entries(bad)) {
      const { code, said } = await operate(hub, 'restore', await plant());
      expect({ what, code, said }).toEqual({ what, code: 1, said: expect.stringContaining('[backup-unusable]') });
    }
    expect((await readdir(hub.dataDir)).filter((name) => name.startsWith('.'))).toEqual([]);
    await hub.start();
    expect((await hub.putSettings('acme', { contact: 'as before' })).revision).toBe(revision + 1);
  });

  async function planted(content: Uint8Array): Promise<string> {
    await writeFile(file('planted'), content);
    return file('planted');
  }

  async function changed(statements: string): Promise<string> {
    await rm(file('changed'), { force: true });
    await cp(file('b'), file('changed'));
    await chmod(file('changed'), 0o600);
    using database = new DatabaseSync(file('changed'));
    database.exec(`PRAGMA journal_mode = DELETE; ${statements}`);
    return file('changed');
  }

  it('replaces a damaged database, and plays no old journal into the new one', async () => {
    await hub.halt();
    await writeFile(join(hub.dataDir, 'hub.sqlite'), 'garbage');
    await writeFile(join(hub.dataDir, 'hub.sqlite-wal'), 'of another file');
    expect(await operate(hub, 'restore', file('stopped.backup'))).toMatchObject({ code: 0 });
    expect(await readFile(join(hub.dataDir, 'hub.sqlite.before-restore'), 'utf8')).toBe('garbage');
    expect(revisionIn(join(hub.dataDir, 'hub.sqlite'))).toBe(revisionIn(file('stopped.backup')));
    await hub.start();
  });
});
