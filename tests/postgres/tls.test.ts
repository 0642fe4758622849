import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createAuthority } from '../../main/demo/outside/certificates.ts';
import { openPostgres } from '../../main/hub/store/postgres.ts';
import { connectionOf, DatabaseConfig } from '../../main/hub/store/postgres-settings.ts';
import { createVault } from '../../main/hub/store/vault.ts';
import { silentLogger } from '../../main/platform/log/logger.ts';
import { freePort } from '../support/free-port.ts';
import { type PostgresCluster, startCluster, withClient } from '../support/postgres.ts';

// A server as one on another machine is: reached over TCP, by TLS alone, with a password.

const authority = createAuthority();
const password = randomBytes(16).toString('hex');
let folder: string;
let port: number;
let cluster: PostgresCluster;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pg-tls-'));
  port = await freePort();
  cluster = await startCluster({ port, ...authority.issue('127.0.0.1') });
  await setPassword(password);
  await writeFile(join(folder, 'ca.pem'), authority.certificate);
  await writeFile(join(folder, 'other.pem'), createAuthority().certificate);
});
afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => writeFile(join(folder, 'password'), `${password}\n`));

const setPassword = (chosen: string) =>
  withClient(cluster.folder, 'postgres', (client) => client.query(`ALTER ROLE hub PASSWORD '${chosen}'`), port);

async function open({ host = '127.0.0.1', mode = 'verify-full', ca = 'ca.pem' } = {}) {
  const config = DatabaseConfig.parse({
    ...{ url: `postgres://hub@${host}:${port}/postgres?sslmode=${mode}`, connections: 2 },
    ...{ passwordFile: join(folder, 'password'), caFile: join(folder, ca) },
  });
  return openPostgres(await connectionOf(config), createVault([randomBytes(32)], randomBytes), silentLogger());
}

it('is used over TLS where its certificate is of the authority that the configuration names', async () => {
  const database = await open();
  expect(await database.get(sql`SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`)).toEqual({ ssl: true });
  await database.close();
});

it.each([
  ['has a certificate of another authority', { ca: 'other.pem' }, /certificate/],
  ['has a certificate for another name', { host: 'localhost' }, /does not match certificate/],
  ['is asked without TLS, which it does not take', { mode: 'disable' }, /no encryption/],
])('is not used where it %s', async (_, how, cause) => {
  await expect(open(how)).rejects.toMatchObject({
    problem: { code: 'hub-database-unreachable', cause: expect.stringMatching(cause) },
  });
});

it('says that the password is wrong, and does not say the password', async () => {
  await writeFile(join(folder, 'password'), 'not-this-one');
  const error = await open().catch((refused: unknown) => refused);
  expect(error).toMatchObject({
    problem: { code: 'hub-database-unreachable', cause: expect.stringContaining('password authentication failed') },
  });
  expect(JSON.stringify(error)).not.toContain('not-this-one');
});

it('is used on with another password, without a restart of the hub', async () => {
  const database = await open();
  try {
    expect(await database.get(sql`SELECT 1 AS one`)).toEqual({ one: 1 });
    await setPassword('changed-since');
    await writeFile(join(folder, 'password'), 'changed-since');
    await withClient(
      cluster.folder,
      'postgres',
      (client) =>
        client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'portcullis-hub'`,
        ),
      port,
    );
    expect(await database.get(sql`SELECT 2 AS two`)).toEqual({ two: 2 });
  } finally {
    await database.close();
    await setPassword(password);
  }
});
