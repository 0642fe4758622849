import { execFile } from 'node:child_process';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TABLES } from '../../main/hub/operator/move-to-postgres.ts';
import { MachinesEnrolled } from '../../shared/schemas/hub/machines.ts';
import { CreatedToken } from '../../shared/schemas/hub/tokens.ts';
import { WebhookSecret } from '../../shared/schemas/hub/webhooks.ts';
import { ActivityPage } from '../../shared/schemas/hub-schema.ts';
import { CLI } from '../support/command-line.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { testServer } from '../support/hub-database.ts';
import { type PeopleClient, peopleClient, setPassword } from '../support/hub-people.ts';
import { reportingAgent } from '../support/machine-client.ts';
import { createTestDatabase, dropTestDatabase, withClient, writeHubKey } from '../support/postgres.ts';
import { signingGateway } from '../support/signing-gateway.ts';

const server = testServer() ?? '';
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let hub: TestHub;
let olivia: PeopleClient;
beforeEach(async () => {
  database = await createTestDatabase(server);
  // Elsewhere in this layer hubs are on PostgreSQL from the start.
  vi.stubEnv('PORTCULLIS_TEST_POSTGRES', undefined);
  hub = await startHub();
  vi.unstubAllEnvs();
  olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
});
afterEach(async () => {
  await hub.stop();
  await dropTestDatabase(server, database.name);
});

const folder = () => dirname(hub.dataDir);
const inData = (name: string) => join(hub.dataDir, name);

/** What the administrator adds to `hub.json`. */
async function configure(more: object): Promise<void> {
  const file = join(folder(), 'hub.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...more }));
}

const toPostgres = () => configure({ database: database.url, keyFile: join(folder(), 'key') });

const operate = (...words: string[]) =>
  promisify(execFile)(process.execPath, [CLI, 'hub', ...words, '--config', join(folder(), 'hub.json')]).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, said: stderr }),
  );

const move = () => operate('move-to-postgres');

const query = (statement: string) =>
  withClient(server, database.name, async (client) => (await client.query(statement)).rows);

/** As both drivers give it: PostgreSQL's numbers are texts here, its blobs buffers. */
const plain = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value === null ? null : String(value),
    ]),
  );

const inOrder = (rows: Record<string, unknown>[]) => rows.map((row) => JSON.stringify(plain(row))).toSorted();

async function fill(): Promise<{ token: string; link: string }> {
  const { token } = await olivia.get(CreatedToken, 'POST', 'tokens', { name: 'pipeline', rights: 'read', days: 1 });
  expect(await olivia.outcome('POST', 'teams', { name: 'data' })).toBe('201');
  const link = (await olivia.invite('ann', 'member', { teams: ['data'] })).invitation?.url ?? '';
  const hook = { name: 'chat', url: 'https://127.0.0.1/', events: ['settings.changed'] };
  await olivia.get(WebhookSecret, 'POST', 'webhooks', hook);
  await hub.putSettings('acme', {
    contact: 'Größe ✓ 𝄞',
    requests: true,
    registries: [{ address: 'ghcr.io', nickname: 'GitHub' }, { address: '*.example.com' }],
  });
  const signedIn = await hub.signIn('mia');
  const mia = peopleClient(hub, 'acme', signedIn);
  expect(await mia.outcome('POST', 'requests', { host: 'quay.io', reason: 'a base image' })).toBe('201');
  const gateway = await signingGateway(hub.url);
  await reportingAgent(hub, 'acme', signedIn).report(gateway);
  await olivia.get(MachinesEnrolled, 'POST', 'machines/enrolments', { thumbprints: [gateway.jkt] });
  return { token, link };
}

describe('a move from SQLite', () => {
  it('takes everything along, sign-ins included, and leaves the old database where nobody goes on with it', async () => {
    const { token, link } = await fill();
    const keys = await hub.policyKeys();
    const mia = peopleClient(hub, 'acme', await hub.signIn('mia'));
    const activity = await olivia.get(ActivityPage, 'GET', 'activity');
    const { revision } = await hub.putSettings('acme', { contact: 'before the move' });
    await toPostgres();
    expect(await move()).toEqual({ code: 1, said: expect.stringContaining('[hub-data-in-use]') });
    await hub.halt();
    expect(await move()).toEqual({
      code: 0,
      said: expect.stringMatching(
        new RegExp(
          `^Everything is in .*${database.name} now, sign-ins included.\nacme: revision ${revision}, as before.\nStart the hub. `,
        ),
      ),
    });

    // Row by row, before any hub has changed anything; what was in the clear is encrypted in both.
    const old = new DatabaseSync(inData('hub.sqlite.moved'));
    const filled: string[] = [];
    for (const table of TABLES) {
      const rows = old.prepare(`SELECT * FROM ${table}`).all();
      if (rows.length > 0) filled.push(table);
      expect({ table, rows: inOrder(await query(`SELECT * FROM ${table}`)) }).toEqual({ table, rows: inOrder(rows) });
    }
    old.close();
    expect(filled).toEqual(
      expect.arrayContaining(['oidc', 'teams', 'password_links', 'requests', 'webhooks', 'machines', 'revision_lists']),
    );
    for (const { jwk } of await query('SELECT jwk FROM signing_keys')) expect(jwk).toMatch(/^sealed\./);
    expect((await stat(inData('hub.sqlite.moved'))).mode & 0o777).toBe(0o600);
    expect((await readdir(hub.dataDir)).filter((name) => /^hub\.sqlite(-|$)/.test(name))).toEqual([]);

    await hub.start();
    expect(await hub.policyKeys()).toEqual(keys);
    expect(await mia.outcome('GET', 'membership')).toBe('200');
    expect(await peopleClient(hub, 'acme', token).outcome('GET', 'registry-access/settings')).toBe('200');
    expect(await setPassword(link)).toMatchObject({ status: 200 });
    expect((await hub.putSettings('acme', { contact: 'after it' })).revision).toBe(revision + 1);
    const after = (await olivia.get(ActivityPage, 'GET', 'activity')).items;
    expect(after.map(({ id }) => id)).toEqual(after.map(({ id }) => id).toSorted((a, b) => b - a));
    expect(after.slice(-activity.items.length)).toEqual(activity.items);

    // The way back, which knows nothing of what was changed since.
    await hub.halt();
    await rename(inData('hub.sqlite.moved'), inData('hub.sqlite'));
    await configure({ database: undefined });
    await hub.start();
    expect(await hub.policyKeys()).toEqual(keys);
    expect((await hub.putSettings('acme', { contact: 'back again' })).revision).toBe(revision + 1);
  });

  it('needs a database and a key in the configuration', async () => {
    await hub.halt();
    expect(await move()).toEqual({ code: 1, said: expect.stringContaining('[move-without-postgres]') });
    // In the guide's order: the backup before the configuration names PostgreSQL.
    expect(await operate('backup', join(folder(), 'b'))).toMatchObject({ code: 0 });
    await configure({ database: database.url });
    expect(await move()).toEqual({ code: 1, said: expect.stringContaining('[hub-key-needed]') });
    expect(await operate('backup', join(folder(), 'c'))).toEqual({
      code: 1,
      said: expect.stringContaining('[backup-of-postgres]'),
    });
    expect(await readdir(hub.dataDir)).toContain('hub.sqlite');
  });

  it('goes to an empty database alone', async () => {
    await toPostgres();
    await hub.halt();
    await hub.start();
    await hub.halt();
    const before = await query('SELECT kid FROM signing_keys');
    expect(await move()).toEqual({ code: 1, said: expect.stringContaining('[move-target-used]') });
    expect(await query('SELECT kid FROM signing_keys')).toEqual(before);
    expect(await readdir(hub.dataDir)).toContain('hub.sqlite');
  });

  it('is whole or not at all', async () => {
    await hub.halt();
    const file = new DatabaseSync(inData('hub.sqlite'));
    // Refused by the last table but for one, when nearly all is there.
    file.exec(`PRAGMA foreign_keys = OFF; INSERT INTO machine_codes VALUES ('nobody', 'x', 'x', 'x', 1, 1, NULL)`);
    file.close();
    await toPostgres();
    expect(await move()).toEqual({ code: 1, said: expect.stringMatching(/machine_codes.*\[move-failed\]/) });
    for (const table of TABLES)
      expect({ table, rows: await query(`SELECT * FROM ${table}`) }).toEqual({ table, rows: [] });

    const repaired = new DatabaseSync(inData('hub.sqlite'));
    repaired.exec(`DELETE FROM machine_codes WHERE org = 'nobody'`);
    repaired.close();
    expect(await move()).toMatchObject({ code: 0 });
    await rename(inData('hub.sqlite.moved'), inData('hub.sqlite'));
    expect(await move()).toEqual({ code: 1, said: expect.stringContaining('[move-target-used]') });
  });

  it('has nothing to do without an old database', async () => {
    await toPostgres();
    await hub.halt();
    writeHubKey(join(folder(), 'key'));
    await rename(inData('hub.sqlite'), inData('elsewhere'));
    expect(await move()).toEqual({ code: 1, said: expect.stringContaining('[hub-data-missing]') });
  });
});
