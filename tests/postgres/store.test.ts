import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccounts } from '../../main/hub/store/accounts.ts';
import { createActivity } from '../../main/hub/store/activity.ts';
import type { Database } from '../../main/hub/store/database.ts';
import { createFacts } from '../../main/hub/store/facts.ts';
import { migratePostgres } from '../../main/hub/store/migrate-postgres.ts';
import { openHubDatabase } from '../../main/hub/store/open-database.ts';
import { openPostgres } from '../../main/hub/store/postgres.ts';
import { POSTGRES_MIGRATIONS } from '../../main/hub/store/postgres-migrations.ts';
import { connectionOf, DatabaseConfig } from '../../main/hub/store/postgres-settings.ts';
import { createVault } from '../../main/hub/store/vault.ts';
import { silentLogger } from '../../main/platform/log/logger.ts';
import { columnsOf, testServer } from '../support/hub-database.ts';
import {
  createTestDatabase,
  dropTestDatabase,
  type PostgresCluster,
  startCluster,
  withClient,
} from '../support/postgres.ts';

const vault = createVault([randomBytes(32)], randomBytes);
const opened = async (url: string) =>
  openPostgres(await connectionOf(DatabaseConfig.parse({ url, connections: 4 })), vault, silentLogger());
const server = (): string => testServer() ?? '';

let made: { name: string; url: string };
let databases: Database[];
beforeEach(async () => {
  databases = [];
  made = await createTestDatabase(server());
});
afterEach(async () => {
  for (const database of databases) await database.close();
  await dropTestDatabase(server(), made.name);
});

/** As one of several hubs opens it. */
async function hub(): Promise<Awaited<ReturnType<typeof opened>>> {
  const database = await opened(made.url);
  databases.push(database);
  return database;
}

describe('a database', () => {
  it('is brought up to date once, by whichever of several hubs comes first', async () => {
    const [one] = await Promise.all([hub(), hub(), hub(), hub()]);
    const versions = await one.all(sql`SELECT version FROM schema_versions ORDER BY version`);
    expect(versions.map(({ version }) => version)).toEqual(POSTGRES_MIGRATIONS.map((_, index) => index + 1));
  });

  it('that nobody can reach, or that will not do, is named with the cause', async () => {
    await expect(opened(made.url.replace(made.name, 'none'))).rejects.toMatchObject({
      problem: { code: 'hub-database-unreachable', cause: expect.stringContaining('does not exist') },
    });
    await expect(opened('postgres://hub@localhost/x?host=%2Fnowhere')).rejects.toMatchObject({
      problem: { code: 'hub-database-unreachable', args: { address: '/nowhere/x' } },
    });
    await withClient(server(), 'postgres', async (client) => {
      await client.query('CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE "C"');
    });
    await expect(opened(made.url.replace(made.name, 'latin'))).rejects.toMatchObject({
      problem: { code: 'hub-database-unsuitable', cause: expect.stringContaining('LATIN1') },
    });
    await dropTestDatabase(server(), 'latin');
  });

  it('needs a key for its secrets', async () => {
    const config = { dataDir: '/nonexistent', database: DatabaseConfig.parse(made.url), keyFile: undefined };
    const deps = { env: {}, random: randomBytes, log: silentLogger() };
    await expect(openHubDatabase(config, deps)).rejects.toMatchObject({ problem: { code: 'hub-key-needed' } });
  });

  it('of a newer version is used where that says so, and refused otherwise', async () => {
    await hub();
    const newer = (runsWith: number) => [
      ...POSTGRES_MIGRATIONS,
      { runsWith, statements: 'CREATE TABLE later (id TEXT)' },
    ];
    await withClient(server(), made.name, (client) => migratePostgres(client, 'x', newer(POSTGRES_MIGRATIONS.length)));
    const older = await hub();
    await createAccounts(older).addOrganization('acme');
    expect(await createAccounts(older).organizations()).toEqual(['acme']);
    await older.run(sql`UPDATE schema_versions SET runs_with = version`);
    await expect(hub()).rejects.toMatchObject({ problem: { code: 'hub-database-newer' } });
  });

  it('loses nothing and gets nothing half where a step of an upgrade fails', async () => {
    await hub();
    const broken = [...POSTGRES_MIGRATIONS, { runsWith: 1, statements: 'CREATE TABLE half (id TEXT); SELECT 1 / 0' }];
    const failing = withClient(server(), made.name, (client) => migratePostgres(client, 'x', broken));
    await expect(failing).rejects.toThrow('division by zero');
    const columns = await columnsOf(await hub());
    expect(columns.filter(({ table }) => table === 'half')).toEqual([]);
  });

  it('compares text by code points, whatever its language', async () => {
    const database = await hub();
    const accounts = createAccounts(database);
    for (const name of ['b', 'a', 'B', 'ä']) await accounts.addOrganization(name);
    expect(await accounts.organizations()).toEqual(['B', 'a', 'b', 'ä']);
  });

  it('holds no U+0000, and looks up by none', async () => {
    const accounts = createAccounts(await hub());
    expect(await accounts.byUsername('olivia\0')).toBeUndefined();
  });
});

describe('migrations', () => {
  it('only add: an older version goes on running on what a newer one has made', () => {
    for (const [index, { runsWith, statements }] of POSTGRES_MIGRATIONS.entries()) {
      expect(runsWith).toBeLessThanOrEqual(index + 1);
      const removing = /\b(DROP|RENAME|TRUNCATE|SET NOT NULL|ALTER COLUMN|DELETE FROM)\b/i;
      if (runsWith <= index) expect(statements).not.toMatch(removing);
      for (const [, column = ''] of statements.matchAll(/ADD COLUMN ([^;]*)/gi)) {
        if (/NOT NULL/i.test(column)) expect(column).toMatch(/DEFAULT/i);
      }
    }
  });
});

describe('transactions of several hubs', () => {
  it('are as if one came after the other, however many at once', async () => {
    const hubs = await Promise.all([hub(), hub(), hub()]);
    await createFacts(hubs[0]).set('count', '0');
    let told = 0;
    const increments = hubs.flatMap((database) =>
      Array.from({ length: 10 }, () =>
        database.transaction(async () => {
          const facts = createFacts(database);
          await facts.set('count', String(Number(await facts.get('count')) + 1));
          database.afterCommit(() => {
            told += 1;
          });
        }),
      ),
    );
    await Promise.all(increments);
    expect(await createFacts(hubs[1]).get('count')).toBe('30');
    // Once each, however often it had to be run.
    expect(told).toBe(30);
  });

  it('are undone as a whole, and tell nobody', async () => {
    const database = await hub();
    const accounts = createAccounts(database);
    let told = false;
    const failing = database.transaction(async () => {
      await accounts.addOrganization('acme');
      database.afterCommit(() => {
        told = true;
      });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await accounts.organizations()).toEqual([]);
    expect(told).toBe(false);
  });

  it('show the entries of the activity in the order of their numbers', async () => {
    const [one, two] = await Promise.all([hub(), hub()]);
    await createAccounts(one).addOrganization('acme');
    const entry = { at: 1, actor: 'olivia', action: 'settings.changed', revision: 1 } as const;
    const begun = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const first = one.transaction(async () => {
      await createActivity(one).record('acme', entry);
      begun.resolve();
      await mayEnd.promise;
    });
    await begun.promise;
    const second = createActivity(two).record('acme', entry);
    // The second has a later number, and so it is not seen before the first.
    expect(await createActivity(two).latest()).toBe(0);
    mayEnd.resolve();
    await first;
    const number = await second;
    expect((await createActivity(two).after(0, 10)).map(({ item }) => item.id)).toEqual([number - 1, number]);
  });
});

describe('a server that goes away', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());

  it.each(['SIGINT', 'SIGQUIT'] as const)(
    'and comes back is found again after %s, without a restart',
    async (signal) => {
      const { url } = await createTestDatabase(cluster.folder);
      const database = await opened(url);
      try {
        const accounts = createAccounts(database);
        await accounts.addOrganization('acme');
        await cluster.halt(signal);
        const [reading, saving] = [
          accounts.organizations(),
          database.transaction(() => accounts.addOrganization('globex')),
        ];
        await cluster.start();
        expect(await reading).toContain('acme');
        await saving;
        expect(await accounts.organizations()).toEqual(['acme', 'globex']);
      } finally {
        await database.close();
      }
    },
  );

  it('ends no hub: a connection that listens says so', async () => {
    const { url } = await createTestDatabase(cluster.folder);
    const database = await opened(url);
    const listening = await database.connect();
    const ended = Promise.withResolvers<void>();
    listening.once('end', () => ended.resolve());
    await cluster.halt();
    await ended.promise;
    await cluster.start();
    expect(await createAccounts(database).organizations()).toEqual([]);
    await database.close();
    expect(listening).toBeInstanceOf(pg.Client);
  });
});
