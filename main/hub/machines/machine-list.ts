import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import {
  type Machine,
  type MachineSort,
  MachineState,
  type MachinesPage,
  type MachinesQuery,
  type MachinesSummary,
} from '../../../shared/schemas/hub/machines.ts';
import type { Database, Statement } from '../store/database.ts';
import { contains } from '../store/dialect.ts';
import { fold } from '../store/fold.ts';
import { COLUMNS, describeMachine, JOINS, MachineRow } from './machine-row.ts';
import { type Measure, SILENT_MS } from './state.ts';

/** The order of a list by state: what needs attention first. */
export const STATE_ORDER: readonly MachineState[] = ['not-enforcing', 'silent', 'outdated', 'unverified', 'enforcing'];

/**
 * The states as `machineState` says them, over the index `machines_by_state`: nothing that a list of one state does not show is read. A machine
 * that has never reported has `last_at` 0.
 */
function isInState(state: MachineState, { now, graceMs, due }: Measure): Condition {
  const silent = now - SILENT_MS;
  const denied = now - graceMs;
  switch (state) {
    case 'unverified':
      return sql`m.standing = 0`;
    case 'not-enforcing':
      return sql`m.standing = 1 AND m.last_at > ${silent}`;
    case 'silent':
      return sql`m.standing IN (1, 2) AND m.last_at <= ${silent}`;
    case 'outdated':
      return sql`m.standing = 2 AND m.last_at > ${silent} AND (m.revision < ${due} OR m.denied_since <= ${denied})`;
    case 'enforcing':
      return sql`m.standing = 2 AND m.last_at > ${silent}
        AND (m.revision IS NULL OR m.revision >= ${due}) AND (m.denied_since IS NULL OR m.denied_since > ${denied})`;
  }
}

type Condition = RawBuilder<unknown>;

/** What a list is sorted by; the thumbprint comes after it, in the same direction, so that an index has the order. */
const SORT_KEY: Readonly<Record<MachineSort, { key: Condition; isDescending: boolean }>> = {
  state: { key: sql`m.last_at`, isDescending: true },
  last: { key: sql`m.last_at`, isDescending: false },
  '-last': { key: sql`m.last_at`, isDescending: true },
  person: { key: sql`coalesce(u.username, '')`, isDescending: false },
  revision: { key: sql`coalesce(m.revision, -1)`, isDescending: false },
  version: { key: sql`coalesce(m.version, '')`, isDescending: false },
  id: { key: sql`m.id`, isDescending: false },
};

/** Where a page ends: the state, where it is sorted by that, the key, and the thumbprint of its last row. */
const Cursor = z.tuple([MachineState.nullable(), z.union([z.string().max(300), z.number()]), z.string().max(100)]);
type Cursor = z.infer<typeof Cursor>;

export interface MachineList {
  page: (org: string, query: MachinesQuery, measure: Measure) => Promise<MachinesPage>;
  summary: (org: string, measure: Measure) => Promise<Pick<MachinesSummary, 'total' | 'states' | 'cloned'>>;
}

const CountRow = z.object({ count: z.number() });
const KeyedRow = z.object({ sort_key: z.union([z.string(), z.number()]) });

export function createMachineList(database: Database): MachineList {
  return {
    page: async (org, query, measure) => {
      const items = await matches(org, query, measure, query.limit + 1);
      const shown = items.slice(0, query.limit);
      const states = query.state === undefined ? STATE_ORDER : [query.state];
      let total = 0;
      for (const state of states) total += await count(org, state, query.q, measure);
      const last = shown.at(-1);
      const next = items.length > query.limit && last !== undefined ? encode(last.cursor) : null;
      return { items: shown.map(({ machine }) => machine), total, next };
    },
    summary: async (org, measure) => {
      const states: Partial<Record<MachineState, number>> = {};
      let total = 0;
      for (const state of MachineState.options) {
        const number = await count(org, state, '', measure);
        states[state] = number;
        total += number;
      }
      const cloned = await database.get(
        sql`SELECT count(*) AS count FROM machines m WHERE m.org = ${org} AND m.cloned_at > 0`,
      );
      return { total, states: z.record(MachineState, z.number()).parse(states), cloned: CountRow.parse(cloned).count };
    },
  };

  /** Sorted by state, one state after the other; otherwise all that fit at once. */
  async function matches(
    org: string,
    { state, q, sort, cursor: text }: MachinesQuery,
    measure: Measure,
    limit: number,
  ): Promise<{ machine: Machine; cursor: Cursor }[]> {
    const cursor = decode(text);
    const wanted = STATE_ORDER.filter((one) => state === undefined || one === state);
    const passes: (MachineState | null)[] = sort === 'state' ? wanted : [state ?? null];
    const begin = sort === 'state' && cursor?.[0] ? passes.indexOf(cursor[0]) : 0;
    const found: { machine: Machine; cursor: Cursor }[] = [];
    for (const pass of passes.slice(begin)) {
      const isResumed = cursor !== null && (sort !== 'state' || cursor[0] === pass);
      const after = isResumed ? { key: cursor[1], id: cursor[2] } : null;
      const rows = await database.all(
        pageStatement(database.engine, { org, sort, state: pass, q, after, limit: limit - found.length }, measure),
      );
      for (const row of rows) {
        const machine = describeMachine(MachineRow.parse(row), measure);
        found.push({ machine, cursor: [sort === 'state' ? pass : null, KeyedRow.parse(row).sort_key, machine.id] });
      }
      if (found.length >= limit) break;
    }
    return found;
  }

  async function count(org: string, state: MachineState, q: string, measure: Measure): Promise<number> {
    const where = all([sql`m.org = ${org}`, isInState(state, measure), ...searched(database.engine, q)]);
    const from = q === '' ? sql`machines m` : JOINS;
    return CountRow.parse(await database.get(sql`SELECT count(*) AS count FROM ${from} WHERE ${where}`)).count;
  }
}

/** The query of one page, or of the part of it that is in one state. @param page with the row that it comes after */
export function pageStatement(
  engine: Database['engine'],
  page: {
    org: string;
    sort: MachineSort;
    state: MachineState | null;
    q: string;
    after: { key: string | number; id: string } | null;
    limit: number;
  },
  measure: Measure,
): Statement {
  const { org, state, q, after, limit } = page;
  const { key, isDescending } = SORT_KEY[page.sort];
  const beyond = isDescending ? sql`<` : sql`>`;
  const direction = isDescending ? sql`DESC` : sql`ASC`;
  const where = all([
    sql`m.org = ${org}`,
    ...(state === null ? [] : [isInState(state, measure)]),
    ...searched(engine, q),
    ...(after === null ? [] : [sql`(${key}, m.id) ${beyond} (${after.key}, ${after.id})`]),
  ]);
  return sql`SELECT ${COLUMNS}, ${key} AS sort_key FROM ${JOINS} WHERE ${where}
    ORDER BY ${key} ${direction}, m.id ${direction} LIMIT ${limit}`;
}

function all(conditions: readonly Condition[]): Condition {
  return sql.join([...conditions], sql` AND `);
}

function searched(engine: Database['engine'], q: string): Condition[] {
  const typed = q.trim();
  if (typed === '') return [];
  const text = sql`fold(coalesce(u.username, '') || ' ' || coalesce(u.name, '') || ' ' || coalesce(m.system, '')
    || ' ' || coalesce(m.version, ''))`;
  return [sql`(substr(m.id, 1, ${typed.length}) = ${typed} OR ${contains(engine, text, fold(typed))})`];
}

function encode(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** @returns null for the first page, also where it is none of ours */
function decode(text: string): Cursor | null {
  if (text === '') return null;
  try {
    return Cursor.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}
