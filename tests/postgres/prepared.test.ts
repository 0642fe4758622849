import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NEVER_SEEN } from '../../main/hub/machines/after-receipt.ts';
import { createMachineStore } from '../../main/hub/machines/machine-store.ts';
import { createAccounts } from '../../main/hub/store/accounts.ts';
import type { Row } from '../../main/hub/store/database.ts';
import { createFacts } from '../../main/hub/store/facts.ts';
import { openPostgres, type PostgresHubDatabase } from '../../main/hub/store/postgres.ts';
import { createLane } from '../../main/hub/store/postgres-lane.ts';
import { connectionOf, DatabaseConfig } from '../../main/hub/store/postgres-settings.ts';
import { createVault } from '../../main/hub/store/vault.ts';
import { type Logger, silentLogger } from '../../main/platform/log/logger.ts';
import { waitFor } from '../support/background-process.ts';
import { testServer } from '../support/hub-database.ts';
import { UNSIGNED } from '../support/machine-client.ts';
import { createTestDatabase, dropTestDatabase, withClient } from '../support/postgres.ts';

const server = (): string => testServer() ?? '';

let made: { name: string; url: string };
let database: PostgresHubDatabase;
let warned: unknown[];
beforeEach(async () => {
  made = await createTestDatabase(server());
  warned = [];
  const log: Logger = silentLogger();
  log.warn = (...told: unknown[]) => void warned.push(told.at(-1));
  // Of two, one is for look-ups: what is not a look-up has the other.
  const connection = await connectionOf(DatabaseConfig.parse({ url: made.url, connections: 2 }));
  database = await openPostgres(connection, createVault([randomBytes(32)], randomBytes), log);
});
afterEach(async () => {
  await database.close();
  await dropTestDatabase(server(), made.name);
});

const byAnother = (statement: string): Promise<unknown> =>
  withClient(server(), made.name, (client) => client.query(statement));

/** What the connection has prepared that speaks of this table. */
async function prepared(table: string, ask: 'all' | 'lookUp' = 'all'): Promise<Row[]> {
  return database[ask](sql`
    SELECT name, statement, generic_plans + custom_plans AS used FROM pg_prepared_statements
    WHERE strpos(statement, ${table}) > 0 AND strpos(statement, 'pg_prepared_statements') = 0`);
}

describe('a statement', () => {
  it('that is used again is prepared once on its connection, by a name that is the hash of its text', async () => {
    const facts = createFacts(database);
    for (let use = 0; use < 10; use += 1) await facts.get('port');
    const [statement, ...others] = await prepared('facts');
    expect(others).toEqual([]);
    expect(statement).toMatchObject({ statement: 'SELECT value FROM facts WHERE name = $1', used: 9 });
    expect(statement?.name).toMatch(/^portcullis_[\w-]{43}$/);
  });

  it('is so in a transaction and as a look-up too', async () => {
    const accounts = createAccounts(database);
    for (let use = 0; use < 3; use += 1) {
      await accounts.role('acme', 'sub');
      await database.transaction(() => accounts.role('acme', 'sub'));
    }
    expect(await prepared('memberships')).toMatchObject([{ used: 3 }]);
    expect(await prepared('memberships', 'lookUp')).toMatchObject([{ used: 2 }]);
  });

  it('is so where it is put together of constants, as that of a receipt', async () => {
    const accounts = createAccounts(database);
    await accounts.addOrganization('acme');
    await accounts.addUser({ sub: 's', username: 'mia', name: null, email: null, password: '' });
    const machines = createMachineStore(database, 'https://hub.example');
    for (let use = 0; use < 3; use += 1) {
      await machines.find('acme', 'k');
      await machines.saveReport('acme', 'k', { kept: NEVER_SEEN, sub: 's', unsigned: UNSIGNED });
    }
    expect(await prepared('INTO machines')).toMatchObject([{ used: 2 }]);
    expect(await prepared('FROM machines m')).toMatchObject([{ used: 2 }]);
  });

  it('whose text is of its values is not prepared, however often', async () => {
    for (let round = 0; round < 3; round += 1) {
      for (let length = 1; length < 9; length += 1) {
        const names = sql.join(Array.from({ length }, (_, index) => `name-${index}`));
        await database.all(sql`SELECT value FROM facts WHERE name IN (${names})`);
      }
    }
    expect(await prepared('facts')).toEqual([]);
  });

  it('that gives all columns is prepared anew once a newer version has added one', async () => {
    const accounts = createAccounts(database);
    await accounts.addUser({ sub: 's', username: 'mia', name: null, email: null, password: '' });
    const asked = (): Promise<unknown> => accounts.bySub('s');
    const asLookUp = (): Promise<Row[]> => database.lookUp(sql`SELECT * FROM users WHERE username = ${'mia'}`);
    for (let use = 0; use < 3; use += 1) await Promise.all([asked(), asLookUp()]);
    await byAnother('ALTER TABLE users ADD COLUMN later TEXT');
    expect(await asked()).toMatchObject({ username: 'mia' });
    expect(await Promise.all([asLookUp(), asLookUp()])).toMatchObject([[{ later: null }], [{ later: null }]]);
    await byAnother('ALTER TABLE users ADD COLUMN later_still TEXT');
    let runs = 0;
    await database.transaction(async () => {
      runs += 1;
      await accounts.addOrganization(`acme-${runs}`);
      await asked();
    });
    expect(runs).toBe(2);
    expect(await accounts.organizations()).toEqual(['acme-2']);
    expect(warned).toEqual([]);
  });

  it('is prepared anew where its connection has lost it, and no more where that happens again and again', async () => {
    const facts = createFacts(database);
    await facts.set('port', '1');
    const forgotten = async (): Promise<void> => {
      for (let use = 0; use < 3; use += 1) await facts.get('port');
      // As behind a pooler that hands out another connection.
      await database.run(sql.raw('DEALLOCATE ALL'));
      expect(await facts.get('port')).toBe('1');
    };
    await forgotten();
    await facts.get('port');
    expect(await prepared('SELECT value')).toHaveLength(1);
    expect(warned).toEqual([]);
    await forgotten();
    await forgotten();
    expect(warned).toEqual([expect.stringContaining('loses prepared statements')]);
    for (let use = 0; use < 3; use += 1) await facts.get('port');
    expect(await prepared('SELECT value')).toEqual([]);
  });
});

describe('look-ups', () => {
  const squareOf = (number: number): Promise<Row[]> =>
    database.lookUp(sql`SELECT CAST(${number} AS bigint) * CAST(${number} AS bigint) AS square`);

  it('that are asked for at once are each answered, on one connection, and one that fails fails alone', async () => {
    const backends = new Set<unknown>();
    const asked = Array.from({ length: 50 }, async (_, number) => {
      const [row] = await database.lookUp(sql`SELECT pg_backend_pid() AS pid, CAST(${number} AS bigint) AS number`);
      backends.add(row?.pid);
      return row?.number;
    });
    const failing = database.lookUp(sql`SELECT 1 / CAST(${0} AS bigint) AS ratio`);
    const squares = Array.from({ length: 50 }, async (_, number) => (await squareOf(number))[0]?.square);
    await expect(failing).rejects.toThrow('division by zero');
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, (_, number) => number));
    expect(await Promise.all(squares)).toEqual(Array.from({ length: 50 }, (_, number) => number * number));
    expect(backends.size).toBe(1);
  });

  it('that are asked for in one turn leave in one write', async () => {
    const { client: options } = await connectionOf(DatabaseConfig.parse(made.url));
    const client = new pg.Client({ ...options, pipeline: true });
    const lane = createLane(() => client);
    const ask = (number: number) => lane.ask({ text: 'SELECT $1 AS text', parameters: [String(number)] });
    await ask(0);
    const written = vi.spyOn(client.connection.stream, '_writev');
    const numbers = Array.from({ length: 20 }, (_, number) => number);
    const outcomes = await Promise.all(numbers.map(ask));
    expect(outcomes.map(({ rows }) => rows)).toEqual(numbers.map((number) => [{ text: String(number) }]));
    expect(written).toHaveBeenCalledTimes(1);
    await lane.close();
    await expect(ask(0)).rejects.toThrow('closed');
  });

  it('belong to the transaction in which they are asked for', async () => {
    const accounts = createAccounts(database);
    await accounts.addOrganization('acme');
    await accounts.addUser({ sub: 's', username: 'mia', name: null, email: null, password: '' });
    await database.transaction(async () => {
      await accounts.setMembership('acme', 's', 'member');
      expect(await accounts.role('acme', 's')).toBe('member');
    });
  });

  it('are answered all the same where the connection breaks', async () => {
    for (let use = 0; use < 3; use += 1) await squareOf(use);
    const asleep = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    const facts = createFacts(database);
    const slow = database.lookUp(sql`
      SELECT CAST(${7} AS bigint) AS number
      FROM pg_sleep(CASE WHEN EXISTS (SELECT 1 FROM facts WHERE name = 'awake') THEN 0 ELSE 3600 END)`);
    const waiting = Array.from({ length: 10 }, async (_, number) => (await squareOf(number))[0]?.square);
    await withClient(server(), made.name, async (client) => {
      // Only then: a statement that begins later would not sleep at all.
      await waitFor('the statement to sleep', async () => (await client.query(`SELECT pid ${asleep}`)).rowCount === 1);
      await facts.set('awake', 'yes');
      expect((await client.query(`SELECT pg_terminate_backend(pid) ${asleep}`)).rowCount).toBe(1);
    });
    expect(await slow).toEqual([{ number: 7 }]);
    expect(await Promise.all(waiting)).toEqual(Array.from({ length: 10 }, (_, number) => number * number));
    expect(warned).toContain('a connection to the database was lost');
  });
});
