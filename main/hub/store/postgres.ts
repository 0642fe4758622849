import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { createDatabase, type Database, type Sharing } from './database.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { clientWith, outcomeOf } from './postgres-client.ts';
import { type ConnectionFault, faultOf } from './postgres-faults.ts';
import { createLane } from './postgres-lane.ts';
import { createStatementNames } from './postgres-names.ts';
import type { PostgresConnection } from './postgres-settings.ts';
import type { Vault } from './vault.ts';

export interface PostgresHubDatabase extends Database {
  readonly engine: 'postgres';
  /** A connection of its own, for `LISTEN`. Whoever asked for it ends it. */
  connect: () => Promise<pg.Client>;
}

/** `normalize` came with it (PostgreSQL 13 release notes). */
const OLDEST_SERVER = 130_000;
const CONNECT_MS = 10_000;
/** What takes longer is a defect, and would keep others waiting. Migrations may. */
const STATEMENT_MS = 60_000;
const IDLE_IN_TRANSACTION_MS = 60_000;

/** Transactions that got into each other's way are run again as often as this; the waits between are short and random. */
const MAX_CONFLICTS = 40;
const LONGEST_CONFLICT_MS = 200;
/** While a server restarts or another takes over: about twenty seconds. */
const LOST_WAITS_MS = [50, 100, 200, 400, 800, ...Array.from({ length: 18 }, () => 1000)];

const INT8 = pg.types.builtins.INT8;
const NUMERIC = pg.types.builtins.NUMERIC;

/**
 * Opens the database that several hubs may share, and brings its schema up to date, once whichever of them comes first.
 * @throws ProblemError `hub-database-unreachable`, `hub-database-unsuitable`, `hub-database-newer`
 */
export async function openPostgres(
  connection: PostgresConnection,
  vault: Vault,
  log: Logger,
): Promise<PostgresHubDatabase> {
  const options: pg.ClientConfig = {
    ...connection.client,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: 'portcullis-hub',
    // Counts and milliseconds fit a number.
    types: {
      getTypeParser: ((type: number, format?: 'text') =>
        type === INT8 || type === NUMERIC
          ? Number
          : pg.types.getTypeParser(type, format)) as typeof pg.types.getTypeParser,
    },
  };
  await prepareServer(options, connection.address);
  const lost = (error: Error): void => log.warn({ err: error }, 'a connection to the database was lost');
  const names = createStatementNames(
    () => performance.now(),
    () =>
      log.warn(
        'a pooler between this hub and its database loses prepared statements: from now on the server parses each statement again',
      ),
  );
  const HubClient = clientWith(names);
  const forStatements: pg.ClientConfig = {
    ...options,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    // Serializable transactions get in each other's way by what they read: a small table read whole would be all of it.
    options: '-c enable_seqscan=off',
  };
  // One of them is the lane.
  const pool = new pg.Pool({ ...forStatements, Client: HubClient, max: connection.connections - 1 });
  // The pool listens only while nobody uses the connection.
  pool.on('error', () => undefined).on('connect', (client) => void client.on('error', lost));
  const lane = createLane(() => new HubClient({ ...forStatements, pipeline: true }).on('error', lost));
  const kysely = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const database = createDatabase('postgres', kysely, {
    vault,
    sharing,
    keep: names.keep,
    connections: {
      ask: async ({ text, parameters }) => {
        const client = await pool.connect();
        try {
          return outcomeOf(await client.query(text, [...parameters]));
        } finally {
          client.release();
        }
      },
      lookUp: lane.ask,
    },
  });
  return {
    ...database,
    engine: 'postgres',
    connect: async () => {
      const client = new pg.Client(options);
      client.on('error', lost);
      await client.connect();
      return client;
    },
    close: async () => {
      await Promise.all([lane.close(), database.close()]);
    },
  };
}

const sharing: Sharing = {
  again: (error, attempt) => {
    switch (faultOf(error)) {
      case 'conflict':
        return attempt > MAX_CONFLICTS ? null : Math.random() * Math.min(2 ** attempt, LONGEST_CONFLICT_MS);
      case 'away':
      case 'lost':
        return LOST_WAITS_MS[attempt - 1] ?? null;
      case 'other':
        return null;
    }
  },
  isUndone: (error) => {
    const fault: ConnectionFault = faultOf(error);
    return fault === 'conflict' || fault === 'away';
  },
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** @throws ProblemError */
async function prepareServer(options: pg.ClientConfig, address: string): Promise<void> {
  const client = new pg.Client(options);
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new ProblemError(problem('hub-database-unreachable', { address }, { cause: causeOf(error) }), {
      cause: error,
    });
  }
  try {
    const { rows } = await client.query(
      "SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS version, current_setting('server_encoding') AS encoding",
    );
    const [{ number, version, encoding }] = rows;
    const unsuitable = (cause: string) => new ProblemError(problem('hub-database-unsuitable', { address }, { cause }));
    if (Number(number) < OLDEST_SERVER) throw unsuitable(`PostgreSQL ${version}, and 13 is the oldest that will do`);
    if (encoding !== 'UTF8') throw unsuitable(`its encoding is ${encoding}, not UTF8`);
    await migratePostgres(client, address).catch((error: unknown) => {
      throw error instanceof ProblemError ? error : unsuitable(causeOf(error));
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function causeOf(error: unknown): string {
  // Several addresses that were tried in turn.
  if (error instanceof AggregateError) return error.errors.map(causeOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
