import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import {
  type Machine,
  type MachineSort,
  MachineState,
  type MachinesPage,
  type MachinesQuery,
  type MachinesSummary,
} from '../../../shared/schemas/hub/machines.ts';
import { fold } from '../store/fold.ts';
import { COLUMNS, describeMachine, JOINS, MachineRow } from './machine-row.ts';
import { type Measure, SILENT_MS } from './state.ts';

/** The order of a list by state: what needs attention first. */
export const STATE_ORDER: readonly MachineState[] = ['not-enforcing', 'silent', 'outdated', 'unverified', 'enforcing'];

/**
 * The states as `machineState` says them, over the index `machines_by_state`: nothing that a list of one state does not show is read. A machine
 * that has never reported has `last_at` 0.
 */
const STATE_WHERE: Readonly<Record<MachineState, string>> = {
  unverified: 'm.standing = 0',
  'not-enforcing': 'm.standing = 1 AND m.last_at > :silent',
  silent: 'm.standing IN (1, 2) AND m.last_at <= :silent',
  outdated: 'm.standing = 2 AND m.last_at > :silent AND (m.revision < :due OR m.denied_since <= :denied)',
  enforcing:
    'm.standing = 2 AND m.last_at > :silent AND ifnull(m.revision >= :due, 1) AND ifnull(m.denied_since > :denied, 1)',
};

/** What a list is sorted by; the thumbprint comes after it, in the same direction, so that an index has the order. */
const SORT_KEY: Readonly<Record<MachineSort, { key: string; direction: 'ASC' | 'DESC' }>> = {
  state: { key: 'm.last_at', direction: 'DESC' },
  last: { key: 'm.last_at', direction: 'ASC' },
  '-last': { key: 'm.last_at', direction: 'DESC' },
  person: { key: `ifnull(u.username, '')`, direction: 'ASC' },
  revision: { key: 'ifnull(m.revision, -1)', direction: 'ASC' },
  version: { key: `ifnull(m.version, '')`, direction: 'ASC' },
  id: { key: 'm.id', direction: 'ASC' },
};

/** Where a page ends: the state, where it is sorted by that, the key, and the thumbprint of its last row. */
const Cursor = z.tuple([MachineState.nullable(), z.union([z.string().max(300), z.number()]), z.string().max(100)]);
type Cursor = z.infer<typeof Cursor>;

export interface MachineList {
  page: (org: string, query: MachinesQuery, measure: Measure) => MachinesPage;
  summary: (org: string, measure: Measure) => Pick<MachinesSummary, 'total' | 'states' | 'cloned'>;
}

const CountRow = z.object({ count: z.number() });
const KeyedRow = z.object({ sort_key: z.union([z.string(), z.number()]) });

export function createMachineList(database: DatabaseSync): MachineList {
  const prepared = new Map<string, StatementSync>();

  return {
    page: (org, query, measure) => {
      const items = [...matches(org, query, measure, query.limit + 1)];
      const shown = items.slice(0, query.limit);
      const states = query.state === undefined ? STATE_ORDER : [query.state];
      const total = states.reduce((sum, state) => sum + count(org, state, query.q, measure), 0);
      const last = shown.at(-1);
      const next = items.length > query.limit && last !== undefined ? encode(last.cursor) : null;
      return { items: shown.map(({ machine }) => machine), total, next };
    },
    summary: (org, measure) => {
      const counts = MachineState.options.map((state) => [state, count(org, state, '', measure)] as const);
      const cloned = run('SELECT count(*) AS count FROM machines m WHERE m.org = :org AND m.cloned_at > 0', { org });
      return {
        total: counts.reduce((sum, [, number]) => sum + number, 0),
        states: z.record(MachineState, z.number()).parse(Object.fromEntries(counts)),
        cloned: CountRow.parse(cloned[0]).count,
      };
    },
  };

  /** Sorted by state, one state after the other; otherwise all that fit at once. */
  function* matches(
    org: string,
    { state, q, sort, cursor: text }: MachinesQuery,
    measure: Measure,
    limit: number,
  ): Generator<{ machine: Machine; cursor: Cursor }> {
    const cursor = decode(text);
    const wanted = STATE_ORDER.filter((one) => state === undefined || one === state);
    const passes: (MachineState | null)[] = sort === 'state' ? wanted : [state ?? null];
    const begin = sort === 'state' && cursor?.[0] ? passes.indexOf(cursor[0]) : 0;
    let left = limit;
    for (const pass of passes.slice(begin)) {
      const isResumed = cursor !== null && (sort !== 'state' || cursor[0] === pass);
      const rows = run(pageSql({ sort, state: pass, q, isResumed }), {
        ...parameters(org, q, measure),
        ...{ limit: left, key: cursor?.[1] ?? 0, after: cursor?.[2] ?? '' },
      });
      for (const row of rows) {
        const machine = describeMachine(MachineRow.parse(row), measure);
        yield { machine, cursor: [sort === 'state' ? pass : null, KeyedRow.parse(row).sort_key, machine.id] };
      }
      left -= rows.length;
      if (left <= 0) return;
    }
  }

  function count(org: string, state: MachineState, q: string, measure: Measure): number {
    const where = ['m.org = :org', STATE_WHERE[state], ...searched(q)].join(' AND ');
    const from = q === '' ? 'machines m' : JOINS;
    return CountRow.parse(run(`SELECT count(*) AS count FROM ${from} WHERE ${where}`, parameters(org, q, measure))[0])
      .count;
  }

  function run(sql: string, values: Record<string, SQLInputValue>): Record<string, unknown>[] {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    const used = Object.entries(values).filter(([name]) => sql.includes(`:${name}`));
    return statement.all(Object.fromEntries(used));
  }
}

/** The query of one page, or of the part of it that is in one state. */
export function pageSql(page: {
  sort: MachineSort;
  state: MachineState | null;
  q: string;
  /** After the row that `:key` and `:after` name. */
  isResumed: boolean;
}): string {
  const { key, direction } = SORT_KEY[page.sort];
  const where = [
    'm.org = :org',
    ...(page.state === null ? [] : [STATE_WHERE[page.state]]),
    ...searched(page.q),
    ...(page.isResumed ? [`(${key}, m.id) ${direction === 'ASC' ? '>' : '<'} (:key, :after)`] : []),
  ].join(' AND ');
  return `SELECT ${COLUMNS}, ${key} AS sort_key FROM ${JOINS} WHERE ${where}
    ORDER BY ${key} ${direction}, m.id ${direction} LIMIT :limit`;
}

function searched(q: string): string[] {
  if (q.trim() === '') return [];
  const text = `fold(ifnull(u.username, '') || ' ' || ifnull(u.name, '') || ' ' || ifnull(m.system, '') || ' ' || ifnull(m.version, ''))`;
  return [`(substr(m.id, 1, length(:typed)) = :typed OR instr(${text}, :folded) > 0)`];
}

function parameters(org: string, q: string, { now, graceMs, due }: Measure): Record<string, SQLInputValue> {
  const typed = q.trim();
  return { org, silent: now - SILENT_MS, denied: now - graceMs, due, typed, folded: fold(typed) };
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
