import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pageStatement, STATE_ORDER } from '../../../../main/hub/machines/machine-list.ts';
import { migrate, overSqlite } from '../../../../main/hub/store/sqlite.ts';
import { type Machine, MachineState, MachinesQuery } from '../../../../shared/schemas/hub/machines.ts';
import { DAY, HOUR, HUB, type MachinesWorld, machinesWorld, thumbprint } from '../../../support/machines-world.ts';

let world: MachinesWorld;
beforeEach(async () => {
  world = await machinesWorld();
});
afterEach(() => world.close());

function page(query: Partial<MachinesQuery> = {}) {
  return world.machines.page('acme', MachinesQuery.parse(query));
}
/** All pages, one after the other. */
async function all(query: Partial<MachinesQuery> = {}, limit = 3): Promise<Machine[]> {
  const items: Machine[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const found = await page({ ...query, limit, cursor });
    items.push(...found.items);
    cursor = found.next;
  }
  return items;
}
const ids = (items: readonly Machine[]): string[] => items.map(({ id }) => id.replace(/0+$/, ''));

/** One machine in each state, and a clone. */
async function oneOfEach(): Promise<void> {
  await world.enrol('green', 'late', 'open', 'quiet', 'new', 'clone');
  await world.report('quiet');
  world.now += 30 * HOUR;
  await world.report('green');
  await world.report('late', { revision: 3 }, { sub: 'max' });
  await world.report('open', { attachment: null, version: '0.2.0' });
  await world.report('stranger');
  await world.report('clone');
  await world.report('clone', { machine: '00000000-0000-4000-8000-000000000000' });
}

describe('the list', () => {
  it('shows what needs attention first', async () => {
    await oneOfEach();
    expect((await all()).map(({ id, state }) => `${id.replace(/0+$/, '')} ${state}`)).toEqual([
      'open not-enforcing',
      'quiet silent',
      'new silent',
      'late outdated',
      'stranger unverified',
      'clone unverified',
      'green enforcing',
    ]);
  });

  it('counts each state, and each filter gives what was counted', async () => {
    await oneOfEach();
    const { states, total, cloned } = await world.machines.summary('acme');
    expect({ ...states, total, cloned }).toEqual({
      ...{ enforcing: 1, outdated: 1, 'not-enforcing': 1, silent: 2, unverified: 2, total: 7, cloned: 1 },
    });
    for (const state of MachineState.options) {
      expect((await all({ state })).map((machine) => machine.state)).toEqual(Array(states[state]).fill(state));
      expect((await page({ state })).total).toBe(states[state]);
    }
  });

  it.each([
    ['thumbprint', 'stran', ['stranger']],
    ['12 characters that support reads out', thumbprint('late').slice(0, 12), ['late']],
    ['user name', 'MAX', ['late']],
    ['name, whatever its case', 'öZTÜRK', ['open', 'quiet', 'clone', 'stranger', 'green']],
    ['version', '0.2.0', ['open']],
    ['nothing', 'no such', []],
    ['what means something to LIKE', '%', []],
    ['what means something to JSON', '"', []],
  ])('finds by %s', async (_name, q, expected) => {
    await oneOfEach();
    expect(ids(await all({ q })).sort()).toEqual([...expected].sort());
    expect((await page({ q })).total).toBe(expected.length);
  });

  it('is sorted by what was asked for, over pages', async () => {
    await oneOfEach();
    expect(ids(await all({ sort: 'id' }))).toEqual(['clone', 'green', 'late', 'new', 'open', 'quiet', 'stranger']);
    expect(ids(await all({ sort: 'last' })).slice(0, 2)).toEqual(['new', 'quiet']);
    expect(ids(await all({ sort: '-last' })).slice(-2)).toEqual(['quiet', 'new']);
    expect(ids(await all({ sort: 'person' })).slice(0, 2)).toEqual(['new', 'late']);
    expect(ids(await all({ sort: 'revision' })).slice(0, 2)).toEqual(['new', 'late']);
    expect(ids(await all({ sort: 'version' })).at(-1)).toBe('open');
    expect(await all({ sort: 'id' }, 1)).toHaveLength(7);
  });

  it.each(['', '!!', Buffer.from('["enforcing"]').toString('base64url'), Buffer.from('[1,2,3]').toString('base64url')])(
    'begins anew by a cursor that is none of ours: %s',
    async (cursor) => {
      await oneOfEach();
      expect((await page({ cursor })).items).toHaveLength(7);
    },
  );

  it('shows nothing of another organization', async () => {
    await oneOfEach();
    expect((await world.machines.page('globex', MachinesQuery.parse({}))).items).toEqual([]);
    await expect(world.machines.details('globex', thumbprint('green'))).rejects.toThrow();
  });

  it('says the same in SQL as the rule does, whatever is stored and whenever it is asked', async () => {
    await oneOfEach();
    await world.enrol('denied');
    await world.report('denied', { effective: { kind: 'deny', reason: 'policy-expired' }, revision: null });
    const start = world.now;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -DAY, max: 3 * DAY }), fc.integer({ min: 0, max: 12 }), async (later, due) => {
        world.now = start + later;
        world.revisions = { current: 12, due };
        const found: [MachineState, Machine][] = [];
        for (const state of STATE_ORDER) {
          found.push(...(await all({ state }, 100)).map((machine): [MachineState, Machine] => [state, machine]));
        }
        // What the query took for one state, the rule does too; and it is in exactly one.
        for (const [state, machine] of found) expect(machine.state).toBe(state);
        expect(new Set(found.map(([, { id }]) => id)).size).toBe(8);
        expect(found).toHaveLength(8);
      }),
    );
  });

  it.each(STATE_ORDER.filter((state) => state !== 'silent'))(
    'of one state is read from the index, in its order: %s',
    async (state) => {
      const measure = { issuer: HUB, now: world.now, graceMs: HOUR, current: 8, due: 7 };
      using memory = new DatabaseSync(':memory:');
      migrate(memory);
      const database = overSqlite(memory);
      for (const after of [null, { key: 1, id: 'a' }]) {
        const query = { org: 'acme', sort: 'state', state, q: '', after, limit: 50 } as const;
        const statement = pageStatement('sqlite', query, measure);
        const plan = await database.all(sql`EXPLAIN QUERY PLAN ${statement}`);
        const steps = plan.map(({ detail }) => String(detail)).join('\n');
        expect(steps).toMatch(/SEARCH m USING INDEX machines_by_state/);
        expect(steps).not.toContain('TEMP B-TREE');
      }
    },
  );
});

describe('a machine', () => {
  it('is found by the characters that support reads out', async () => {
    await oneOfEach();
    expect((await world.machines.details('acme', thumbprint('late').slice(0, 12))).id).toBe(thumbprint('late'));
    await expect(world.machines.details('acme', 'late')).rejects.toThrow();
    await world.enrol('twice0000000a', 'twice0000000b');
    await expect(world.machines.details('acme', 'twice0000000')).rejects.toThrow(/machine-ambiguous|Several/);
  });

  it('tells what was signed apart from what was not', async () => {
    await oneOfEach();
    const details = await world.machines.details('acme', thumbprint('open'));
    expect(details).toMatchObject({
      state: 'not-enforcing',
      receipt: { attachment: null, place: 'system' },
      unsigned: { system: 'Debian GNU/Linux 12', caveats: ['engine-socket'], reportsHosts: false },
      people: [{ username: 'mia', name: 'Mia Öztürk' }],
      notEnforcingSince: new Date(world.now).toISOString(),
    });
  });

  it('names a person whose account was deleted by an id', async () => {
    await oneOfEach();
    await world.database.run(sql`DELETE FROM memberships WHERE sub = 'max'`);
    await world.database.run(sql`DELETE FROM users WHERE sub = 'max'`);
    expect(await world.machines.details('acme', thumbprint('late'))).toMatchObject({
      person: { username: 'person#max' },
      people: [{ username: 'person#max' }],
    });
    expect((await page({ q: 'max' })).items).toEqual([]);
  });
});
