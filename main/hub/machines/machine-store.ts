import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { MachineDetails, UnsignedReport } from '../../../shared/schemas/hub/machines.ts';
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
  find: (org: string, id: string) => MachineRow | undefined;
  /** At most two whose thumbprint begins so. */
  startingWith: (org: string, start: string) => string[];
  kept: (row: MachineRow) => KeptMachine;
  /** @returns its number */
  saveReport: (org: string, id: string, report: Reported) => number;
  /** @returns false where it was enrolled already */
  enrol: (org: string, id: string, by: { sub: string; how: 'thumbprint' | 'code'; at: number }) => boolean;
  forget: (org: string, id: string) => boolean;
  /** Those that are enrolled and have been silent since, and those that are not. @returns how many */
  forgetSilent: (org: string, since: { enrolled: number; unverified: number }) => number;
  people: (row: MachineRow, since: number) => MachineDetails['people'];
  /** Machines that report hosts. */
  reportHosts: (org: string, since: number) => number;
  /** After an upgrade that has other rules: the stored part of every state. */
  restate: (now: number) => void;
}

const PersonRow = z.object({
  sub: z.string(),
  username: z.string().nullable(),
  name: z.string().nullable(),
  last_at: z.number(),
});
const NumberRow = z.object({ number: z.number() });

export function createMachineStore(database: DatabaseSync, issuer: string): MachineStore {
  const selectOne = database.prepare(`SELECT ${COLUMNS} FROM ${JOINS} WHERE m.org = ? AND m.id = ?`);
  const selectAll = database.prepare(`SELECT ${COLUMNS} FROM ${JOINS} WHERE m.number > ? ORDER BY m.number LIMIT 500`);
  const selectStart = database.prepare(
    'SELECT id FROM machines WHERE org = :org AND id >= :start AND substr(id, 1, length(:start)) = :start ORDER BY id LIMIT 2',
  );
  const upsert = database.prepare(
    `INSERT INTO machines (org, id, standing, last_at, revision, denied_since, first_at, probed_at, not_enforcing_since,
       transient, machine, iat, generation, version, sub, system, agent_version, claims, caveats, hosts_at, enrolled_at, cloned_at, code_void)
     VALUES (:org, :id, :standing, :last_at, :revision, :denied_since, :last_at, :probed_at, :not_enforcing_since,
       :transient, :machine, :iat, :generation, :version, :sub, :system, :agent_version, :claims, :caveats, :hosts_at, :enrolled_at, :cloned_at, :code_void)
     ON CONFLICT (org, id) DO UPDATE SET standing = excluded.standing, last_at = excluded.last_at, revision = excluded.revision,
       denied_since = excluded.denied_since, first_at = ifnull(first_at, excluded.first_at), probed_at = excluded.probed_at,
       not_enforcing_since = excluded.not_enforcing_since, transient = excluded.transient, machine = excluded.machine,
       alerted = CASE WHEN alerted = 'not-enforcing' AND excluded.not_enforcing_since IS NOT NULL THEN alerted END,
       iat = excluded.iat, generation = excluded.generation, version = excluded.version, sub = excluded.sub,
       system = excluded.system, agent_version = excluded.agent_version, claims = excluded.claims, caveats = excluded.caveats,
       hosts_at = ifnull(excluded.hosts_at, hosts_at), enrolled_at = excluded.enrolled_at, cloned_at = excluded.cloned_at,
       code_void = excluded.code_void
     RETURNING number`,
  );
  const upsertPerson = database.prepare(
    `INSERT INTO machine_people (machine, sub, last_at) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET last_at = excluded.last_at WHERE excluded.last_at > last_at + ${PERSON_NOTED_MS}`,
  );
  const trimUnverified = database.prepare(
    `DELETE FROM machines WHERE number IN (SELECT number FROM machines WHERE sub = ? AND org = ? AND enrolled_at IS NULL
       ORDER BY last_at DESC, number DESC LIMIT -1 OFFSET ${MAX_UNVERIFIED})`,
  );
  const insertEnrolled = database.prepare(
    'INSERT OR IGNORE INTO machines (org, id, standing, last_at) VALUES (?, ?, 0, 0)',
  );
  const updateEnrolled = database.prepare(
    `UPDATE machines SET enrolled_at = ifnull(enrolled_at, :at), enrolled_by = :by, enrolled_how = :how, code_void = 0
     WHERE org = :org AND id = :id AND enrolled_by IS NULL`,
  );
  const updateStanding = database.prepare(
    'UPDATE machines SET standing = ?, not_enforcing_since = ?, transient = ? WHERE number = ?',
  );
  const deleteOne = database.prepare('DELETE FROM machines WHERE org = ? AND id = ?');
  const deleteSilent = database.prepare(
    `DELETE FROM machines WHERE org = :org
     AND ((enrolled_at IS NULL AND last_at <= :unverified) OR (enrolled_at IS NOT NULL AND max(last_at, enrolled_at) <= :enrolled))`,
  );
  const selectPeople = database.prepare(
    `SELECT p.sub, u.username, u.name, p.last_at FROM machine_people p LEFT JOIN users u ON u.sub = p.sub
     WHERE p.machine = ? AND p.last_at >= ? ORDER BY p.last_at DESC LIMIT ${MAX_PEOPLE}`,
  );
  const countHosts = database.prepare('SELECT count(*) AS number FROM machines WHERE org = ? AND hosts_at >= ?');

  const find = (org: string, id: string): MachineRow | undefined => MachineRow.optional().parse(selectOne.get(org, id));

  return {
    find,
    startingWith: (org, start) => selectStart.all({ org, start }).map(({ id }) => String(id)),
    kept,
    saveReport: (org, id, { kept, sub, unsigned }) => {
      const { facts, standing, notEnforcingSince } = kept;
      const { lastAt, claims } = facts;
      const row = upsert.get({
        ...{ org, id, sub, standing: STANDINGS.indexOf(standing), last_at: lastAt ?? 0 },
        // Whoever blocks everything enforces no revision, and is measured by how long.
        revision: claims?.effective.kind === 'policy' ? claims.revision : null,
        ...{ denied_since: facts.deniedSince, probed_at: facts.probedAt, not_enforcing_since: notEnforcingSince },
        ...{ transient: kept.transient ? 1 : 0, machine: kept.machine, iat: kept.iat, generation: kept.generation },
        ...{ version: claims?.version ?? null, claims: claims === null ? null : JSON.stringify(claims) },
        ...{ system: unsigned.system, agent_version: unsigned.agentVersion, caveats: JSON.stringify(unsigned.caveats) },
        ...{ hosts_at: unsigned.hosts === undefined ? null : lastAt, code_void: facts.codeVoid ? 1 : 0 },
        ...{ enrolled_at: facts.enrolledAt, cloned_at: facts.clonedAt },
      });
      const { number } = NumberRow.parse(row);
      upsertPerson.run(number, sub, lastAt ?? 0);
      if (facts.enrolledAt === null) trimUnverified.run(sub, org);
      return number;
    },
    enrol: (org, id, { sub, how, at }) => {
      insertEnrolled.run(org, id);
      if (updateEnrolled.run({ org, id, by: sub, how, at }).changes === 0) return false;
      const row = find(org, id);
      if (row !== undefined) restand(row, at);
      return true;
    },
    forget: (org, id) => deleteOne.run(org, id).changes > 0,
    forgetSilent: (org, since) => Number(deleteSilent.run({ org, ...since }).changes),
    people: ({ number }, since) =>
      selectPeople.all(number, since).map((row) => {
        const { sub, username, name, last_at } = PersonRow.parse(row);
        return { ...describePerson(sub, username, name), last: new Date(last_at).toISOString() };
      }),
    reportHosts: (org, since) => NumberRow.parse(countHosts.get(org, since)).number,
    restate: (now) => {
      for (let after = 0; ; ) {
        const rows = selectAll.all(after).map((row) => MachineRow.parse(row));
        if (rows.length === 0) return;
        for (const row of rows) restand(row, now);
        after = rows.at(-1)?.number ?? after;
      }
    },
  };

  function restand(row: MachineRow, now: number): void {
    const { standing, notEnforcingSince, transient } = standAnew(kept(row), issuer, now);
    updateStanding.run(STANDINGS.indexOf(standing), notEnforcingSince, transient ? 1 : 0, row.number);
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
