import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';

/** What SQLite and PostgreSQL write differently. */

/** A number of ours: whoever numbers rows in order holds it. */
const NUMBERING_LOCK = 7_263_402;

type Engine = Database['engine'];

/** Whether `text` contains `part`, with its case. */
export function contains(
  engine: Engine,
  text: RawBuilder<unknown>,
  part: string | RawBuilder<unknown>,
): RawBuilder<boolean> {
  return engine === 'sqlite' ? sql`instr(${text}, ${part}) > 0` : sql`strpos(${text}, ${part}) > 0`;
}

/** The elements of a JSON array, for `FROM`: rows whose column `value` is the element, as JSON. */
export function elements(engine: Engine, array: RawBuilder<unknown>): RawBuilder<unknown> {
  return engine === 'sqlite'
    ? sql`json_each(${array})`
    : sql`json_array_elements(CAST(${array} AS json)) AS element (value)`;
}

/** The values of a list, however long, for `x IN ${…}`: one parameter, so that the statement stays the same. */
export function oneOf(engine: Engine, values: readonly (string | number)[]): RawBuilder<unknown> {
  const list = JSON.stringify(values);
  if (engine === 'sqlite') return sql`(SELECT value FROM json_each(${list}))`;
  const texts = sql`jsonb_array_elements_text(CAST(${list} AS jsonb))`;
  return typeof values[0] === 'number' ? sql`(SELECT CAST(${texts} AS bigint))` : sql`(SELECT ${texts})`;
}

/**
 * In a transaction: rows that it numbers become visible in the order of their numbers, so that whoever reads on from the last misses none.
 * PostgreSQL gives numbers when a row is written, and shows them when its transaction is saved.
 */
export async function numberInOrder(database: Database): Promise<void> {
  if (database.engine === 'postgres') await database.get(sql`SELECT pg_advisory_xact_lock(${NUMBERING_LOCK})`);
}

/** As a `LIMIT`, which SQLite wants before each `OFFSET`: none. */
export const ALL = sql.lit(Number.MAX_SAFE_INTEGER);
