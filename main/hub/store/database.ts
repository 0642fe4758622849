import { AsyncLocalStorage } from 'node:async_hooks';
import { CompiledQuery, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import { type Compiled, createCompiler } from './compiled.ts';
import { OPEN_VAULT, type Vault } from './vault.ts';

/** A statement with its parameters, made by Kysely's `sql` tag: what stands in `${}` becomes a parameter, never text. */
export type Statement = RawBuilder<unknown>;
/** A row as the driver gives it: parse it where it is used. Integers are numbers, blobs are `Uint8Array`. */
export type Row = Record<string, unknown>;

/**
 * The hub's database: SQLite in the data folder, or PostgreSQL, which several hubs share. Statements stand where they are used and are
 * written so that both understand them; what differs is in `dialect.ts`.
 */
export interface Database {
  readonly engine: 'sqlite' | 'postgres';
  /** Encrypts what is secret in it. */
  readonly vault: Vault;
  all: (statement: Statement) => Promise<Row[]>;
  /** @returns the first row */
  get: (statement: Statement) => Promise<Row | undefined>;
  /**
   * As `all`, for a few rows by their key that are asked for all the time. On PostgreSQL such statements share a connection, on which each waits
   * for those before it.
   */
  lookUp: (statement: Statement) => Promise<Row[]>;
  /** @returns how many rows it changed */
  run: (statement: Statement) => Promise<number>;
  /**
   * Runs `work` as if nothing else happened meanwhile: all that it asks of this database, however deep, belongs to the transaction,
   * and one inside another is part of it. It is undone as a whole if `work` throws. PostgreSQL may have to run `work` again, so that it
   * changes nothing but the database: everything else waits in `afterCommit`. It awaits nothing but the database.
   */
  transaction: <T>(work: () => Promise<T>) => Promise<T>;
  /** Calls back once the present transaction is saved, and not at all if it is undone; outside of one, soon. */
  afterCommit: (callback: () => void) => void;
  close: () => Promise<void>;
}

interface Running {
  readonly transaction: Transaction<unknown>;
  readonly after: (() => void)[];
  /** What began inside and outlived it, such as a timer, is no part of it. */
  isOver: boolean;
}

/** How a database that many share, and that is a network away, has its transactions. */
export interface Sharing {
  /**
   * @param attempt of the same, from 1
   * @returns milliseconds to wait before it is tried again; null where that would not help
   */
  again: (error: unknown, attempt: number) => number | null;
  /** Whether nothing of what failed with this error can have been done. */
  isUndone: (error: unknown) => boolean;
  sleep: (milliseconds: number) => Promise<void>;
}

/** What a statement gave. */
export interface Outcome {
  rows: unknown[];
  numAffectedRows?: bigint | number;
}

/** The one connection of a database that answers at once. */
export interface Connection {
  /** Whether a transaction is open on it. */
  readonly isTransaction: boolean;
  execute: (statement: Compiled) => Outcome;
}

/** Connections of a database that is a network away, for statements outside of transactions. */
export interface Connections {
  ask: (statement: Compiled) => Promise<Outcome>;
  /** For `Database.lookUp`. */
  lookUp: (statement: Compiled) => Promise<Outcome>;
}

/**
 * @param more `sharing` null for a database that this process has for itself; `connection` and `connections` save going through Kysely's queue,
 * which takes several times as long as most statements; `keep` see `createCompiler`
 */
export function createDatabase(
  engine: Database['engine'],
  kysely: Kysely<unknown>,
  {
    vault = OPEN_VAULT,
    sharing = null,
    connection = null,
    connections = null,
    keep,
  }: {
    vault?: Vault | undefined;
    sharing?: Sharing | null;
    connection?: Connection | null;
    connections?: Connections | null;
    keep?: ((text: string) => void) | undefined;
  } = {},
): Database {
  const compiled = createCompiler(kysely, keep);
  const ambient = new AsyncLocalStorage<Running>();
  const current = (): Running | undefined => {
    const running = ambient.getStore();
    return running?.isOver === false ? running : undefined;
  };

  /** Begins anew where that helps. @param mayBeDone whether an attempt that failed with this error may have been saved all the same */
  async function repeated<T>(once: () => Promise<T>, mayBeDone: (error: unknown) => boolean): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once();
      } catch (error) {
        const wait = sharing === null || mayBeDone(error) ? null : sharing.again(error, attempt);
        if (wait === null) throw error;
        await sharing?.sleep(wait);
      }
    }
  }

  function execute(statement: Statement, isLookUp = false): Outcome | Promise<Outcome> {
    const running = current();
    const what = compiled(statement);
    // Somebody else's transaction is waited for: what it has written may yet be undone.
    if (connection !== null && (running !== undefined || !connection.isTransaction)) return connection.execute(what);
    if (running !== undefined) return running.transaction.executeQuery(queryOf(what));
    if (connections === null) return kysely.executeQuery(queryOf(what));
    const once = (): Promise<Outcome> => (isLookUp ? connections.lookUp(what) : connections.ask(what));
    if (sharing === null) return once();
    return repeated(once, (error) => !sharing.isUndone(error) && !READING.test(what.text));
  }

  async function transaction<T>(work: () => Promise<T>): Promise<T> {
    let after: (() => void)[] = [];
    let isSaving = false;
    const once = async (): Promise<T> => {
      after = [];
      isSaving = false;
      const failure: { error?: unknown } = {};
      const builder = kysely.transaction();
      const isolated = sharing === null ? builder : builder.setIsolationLevel('serializable');
      try {
        return await isolated.execute(async (transaction) => {
          const running: Running = { transaction, after, isOver: false };
          try {
            const result = await ambient.run(running, work);
            isSaving = true;
            return result;
          } catch (error) {
            failure.error = error;
            throw error;
          } finally {
            running.isOver = true;
          }
        });
      } catch (error) {
        // Undoing it on a connection that was lost fails too, and that is not the cause.
        throw 'error' in failure ? failure.error : error;
      }
    };
    const result = await repeated(once, (error) => isSaving && sharing?.isUndone(error) !== true);
    ambient.exit(() => {
      for (const callback of after) callback();
    });
    return result;
  }

  return {
    engine,
    vault,
    all: async (statement) => rowsOf(execute(statement)),
    get: async (statement) => firstOf(execute(statement)),
    lookUp: async (statement) => rowsOf(execute(statement, true)),
    run: async (statement) => countOf(execute(statement)),
    transaction: (work) => (current() === undefined ? transaction(work) : work()),
    afterCommit: (callback) => {
      const running = current();
      if (running !== undefined) running.after.push(callback);
      else ambient.exit(() => queueMicrotask(callback));
    },
    close: () => kysely.destroy(),
  };
}

// What is there already is not waited for.

function rowsOf(outcome: Outcome | Promise<Outcome>): Row[] | Promise<Row[]> {
  return outcome instanceof Promise ? outcome.then(rowsOf) : (outcome.rows as Row[]);
}

function firstOf(outcome: Outcome | Promise<Outcome>): Row | undefined | Promise<Row | undefined> {
  return outcome instanceof Promise ? outcome.then(firstOf) : (outcome.rows[0] as Row | undefined);
}

function countOf(outcome: Outcome | Promise<Outcome>): number | Promise<number> {
  return outcome instanceof Promise ? outcome.then(countOf) : Number(outcome.numAffectedRows ?? 0);
}

const READING = /^\s*SELECT\b/i;

function queryOf({ text, parameters }: Compiled): CompiledQuery {
  return CompiledQuery.raw(text, [...parameters]);
}
