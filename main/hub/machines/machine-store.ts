import { sql } from 'kysely';
import { z } from 'zod';
import type { MachineDetails, UnsignedReport } from '../../../shared/schemas/hub/machines.ts';
import type { Database } from '../store/database.ts';
import { ALL } from '../store/dialect.ts';
import { type KeptMachine, standAnew } from './after-receipt.ts';
import { COLUMNS, describePerson, factsOf, JOINS, MachineRow, STANDINGS } from './machine-row.ts';

/** People of one machine that are shown. */
const MAX_PEOPLE = 50;
/** A person's last receipt on a machine is noted no more often, so that most reports write one row. */
const PERSON_NOTED_MS = 6 * 3_600_000;
/** Unverified machines of one person: anybody can make keys. The oldest goes. */
const MAX_UNVERIFIED = 20;

export interface Reported {
  kept: KeptMachine;
  sub: string;
  unsigned: UnsignedReport;
}

/** The machines of each organization in the hub's database, one by one. */
export interface MachineStore {
  find: (org: string, id: string) => Promise<MachineRow | undefined>;
  /** At most two whose thumbprint begins so. */
  startingWith: (org: string, start: string) => Promise<string[]>;
  kept: (row: MachineRow) => KeptMachine;
  /** @returns its number */
  saveReport: (org: string, id: string, report: Reported) => Promise<number>;
  /** @returns false where it was enrolled already */
  enrol: (org: string, id: string, by: { sub: string; how: 'thumbprint' | 'code'; at: number }) => Promise<boolean>;
  forget: (org: string, id: string) => Promise<boolean>;
  /** Those that are enrolled and have been silent since, and those that are not. @returns how many */
  forgetSilent: (org: string, since: { enrolled: number; unverified: number }) => Promise<number>;
  people: (row: MachineRow, since: number) => Promise<MachineDetails['people']>;
  /** Machines that report hosts. */
  reportHosts: (org: string, since: number) => Promise<number>;
  /** After an upgrade that has other rules: the stored part of every state. */
  restate: (now: number) => Promise<void>;
}

const PersonRow = z.object({
  sub: z.string(),
  username: z.string().nullable(),
  name: z.string().nullable(),
  last_at: z.number(),
});
const NumberRow = z.object({ number: z.number() });

/** What a report replaces; of the rest more is said below. */
const REPLACED = sql.join(
  [
    ...['standing', 'last_at', 'revision', 'denied_since', 'probed_at', 'not_enforcing_since', 'transient', 'machine'],
    ...[
      'iat',
      'generation',
      'version',
      'sub',
      'system',
      'agent_version',
      'claims',
      'caveats',
      'enrolled_at',
      'cloned_at',
    ],
    'code_void',
  ].map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`),
);

export function createMachineStore(database: Database, issuer: string): MachineStore {
  const find = async (org: string, id: string): Promise<MachineRow | undefined> =>
    MachineRow.optional().parse(
      await database.get(sql`SELECT ${COLUMNS} FROM ${JOINS} WHERE m.org = ${org} AND m.id = ${id}`),
    );

  return {
    find,
    startingWith: async (org, start) => {
      const rows = await database.all(sql`
        SELECT id FROM machines WHERE org = ${org} AND id >= ${start} AND substr(id, 1, ${start.length}) = ${start}
        ORDER BY id LIMIT 2`);
      return rows.map(({ id }) => String(id));
    },
    kept,
    saveReport: async (org, id, { kept, sub, unsigned }) => {
      const { facts, standing, notEnforcingSince } = kept;
      const { claims } = facts;
      const lastAt = facts.lastAt ?? 0;
      // Whoever blocks everything enforces no revision, and is measured by how long.
      const revision = claims?.effective.kind === 'policy' ? claims.revision : null;
      const row = await database.get(sql`
        INSERT INTO machines (org, id, standing, last_at, first_at, revision, denied_since, probed_at,
          not_enforcing_since, transient, machine, iat, generation, version, claims, sub, system, agent_version, caveats,
          hosts_at, enrolled_at, cloned_at, code_void)
        VALUES (${org}, ${id}, ${STANDINGS.indexOf(standing)}, ${lastAt}, ${lastAt}, ${revision}, ${facts.deniedSince},
          ${facts.probedAt}, ${notEnforcingSince}, ${kept.transient ? 1 : 0}, ${kept.machine}, ${kept.iat},
          ${kept.generation}, ${claims?.version ?? null}, ${claims === null ? null : JSON.stringify(claims)}, ${sub},
          ${unsigned.system}, ${unsigned.agentVersion}, ${JSON.stringify(unsigned.caveats)},
          ${unsigned.hosts === undefined ? null : facts.lastAt}, ${facts.enrolledAt}, ${facts.clonedAt},
          ${facts.codeVoid ? 1 : 0})
        ON CONFLICT (org, id) DO UPDATE SET ${REPLACED},
          first_at = coalesce(machines.first_at, excluded.first_at),
          hosts_at = coalesce(excluded.hosts_at, machines.hosts_at),
          alerted = CASE WHEN machines.alerted = 'not-enforcing' AND excluded.not_enforcing_since IS NOT NULL
            THEN machines.alerted END
        RETURNING number`);
      const { number } = NumberRow.parse(row);
      await database.run(sql`
        INSERT INTO machine_people (machine, sub, last_at) VALUES (${number}, ${sub}, ${lastAt})
        ON CONFLICT (machine, sub) DO UPDATE SET last_at = excluded.last_at
        WHERE excluded.last_at > machine_people.last_at + ${PERSON_NOTED_MS}`);
      if (facts.enrolledAt === null) {
        await database.run(sql`
          DELETE FROM machines WHERE number IN
            (SELECT number FROM machines WHERE sub = ${sub} AND org = ${org} AND enrolled_at IS NULL
             ORDER BY last_at DESC, number DESC LIMIT ${ALL} OFFSET ${MAX_UNVERIFIED})`);
      }
      return number;
    },
    enrol: async (org, id, { sub, how, at }) => {
      await database.run(sql`
        INSERT INTO machines (org, id, standing, last_at) VALUES (${org}, ${id}, 0, 0) ON CONFLICT (org, id) DO NOTHING`);
      const changed = await database.run(sql`
        UPDATE machines SET enrolled_at = coalesce(enrolled_at, ${at}), enrolled_by = ${sub}, enrolled_how = ${how},
          code_void = 0
        WHERE org = ${org} AND id = ${id} AND enrolled_by IS NULL`);
      if (changed === 0) return false;
      const row = await find(org, id);
      if (row !== undefined) await restand(row, at);
      return true;
    },
    forget: async (org, id) => (await database.run(sql`DELETE FROM machines WHERE org = ${org} AND id = ${id}`)) > 0,
    forgetSilent: (org, { enrolled, unverified }) =>
      database.run(sql`
        DELETE FROM machines WHERE org = ${org}
          AND ((enrolled_at IS NULL AND last_at <= ${unverified}) OR (last_at <= ${enrolled} AND enrolled_at <= ${enrolled}))`),
    people: async ({ number }, since) => {
      const rows = await database.all(sql`
        SELECT p.sub, u.username, u.name, p.last_at FROM machine_people p LEFT JOIN users u ON u.sub = p.sub
        WHERE p.machine = ${number} AND p.last_at >= ${since} ORDER BY p.last_at DESC LIMIT ${MAX_PEOPLE}`);
      return rows.map((row) => {
        const { sub, username, name, last_at } = PersonRow.parse(row);
        return { ...describePerson(sub, username, name), last: new Date(last_at).toISOString() };
      });
    },
    reportHosts: async (org, since) => {
      const row = await database.get(
        sql`SELECT count(*) AS number FROM machines WHERE org = ${org} AND hosts_at >= ${since}`,
      );
      return NumberRow.parse(row).number;
    },
    restate: async (now) => {
      for (let after = 0; ; ) {
        const found = await database.all(
          sql`SELECT ${COLUMNS} FROM ${JOINS} WHERE m.number > ${after} ORDER BY m.number LIMIT 500`,
        );
        const rows = found.map((row) => MachineRow.parse(row));
        if (rows.length === 0) return;
        for (const row of rows) await restand(row, now);
        after = rows.at(-1)?.number ?? after;
      }
    },
  };

  async function restand(row: MachineRow, now: number): Promise<void> {
    const { standing, notEnforcingSince, transient } = standAnew(kept(row), issuer, now);
    await database.run(sql`
      UPDATE machines SET standing = ${STANDINGS.indexOf(standing)}, not_enforcing_since = ${notEnforcingSince},
        transient = ${transient ? 1 : 0}
      WHERE number = ${row.number}`);
  }

  function kept(row: MachineRow): KeptMachine {
    return {
      facts: factsOf(row),
      ...{ machine: row.machine, iat: row.iat ?? 0, generation: row.generation ?? 0 },
      notEnforcingSince: row.not_enforcing_since,
      transient: row.transient === 1,
      standing: STANDINGS[row.standing] ?? 'unverified',
    };
  }
}
