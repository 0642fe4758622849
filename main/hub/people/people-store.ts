import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { Access, type PeopleQuery, type Person, type Team } from '../../../shared/schemas/hub/people.ts';
import type { Database, Row } from '../store/database.ts';
import { contains } from '../store/dialect.ts';
import { fold } from '../store/fold.ts';

const PersonRow = z
  .object({
    sub: z.string(),
    username: z.string(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    role: Access,
    has_password: z.number(),
    from_provider: z.number(),
    last_sign_in: z.number().nullable(),
    purpose: z.string().nullable(),
    expires_at: z.number().nullable(),
  })
  .transform(({ sub, username, name, email, role, ...row }): Omit<Person, 'teams'> => {
    const isActive = row.has_password === 1 || row.from_provider === 1;
    const state = isActive ? 'active' : row.purpose === 'reset' ? 'reset' : 'invited';
    return {
      ...{ sub, username, role, state },
      ...(row.from_provider === 1 ? { fromProvider: true } : {}),
      ...(name === null ? {} : { name }),
      ...(email === null ? {} : { email }),
      lastSignIn: row.last_sign_in === null ? null : new Date(row.last_sign_in).toISOString(),
      ...(state === 'active' || row.expires_at === null
        ? {}
        : { invitedUntil: new Date(row.expires_at).toISOString() }),
    };
  });
const OrgRow = z.object({ org: z.string() }).transform(({ org }) => org);
const MemberRow = z.object({ sub: z.string(), team: z.string() });
const SubRow = z.object({ sub: z.string() }).transform(({ sub }) => sub);
const TeamRow = z.object({ name: z.string(), people: z.number() });

const SEARCHED = sql`fold(u.username || ' ' || coalesce(u.name, '') || ' ' || coalesce(u.email, ''))`;

export interface PeopleStore {
  /** By user name; at most `limit`. */
  list: (org: string, query: PeopleQuery) => Promise<Person[]>;
  find: (org: string, sub: string) => Promise<Person | undefined>;
  /** Two of those who can sign in. */
  activeOwners: (org: string) => Promise<string[]>;
  organizationsOf: (sub: string) => Promise<string[]>;
  setTeams: (org: string, sub: string, teams: readonly string[]) => Promise<void>;
  leave: (org: string, sub: string) => Promise<void>;
  deleteAccount: (sub: string) => Promise<void>;
  teams: (org: string) => Promise<Team[]>;
  addTeam: (org: string, name: string) => Promise<void>;
  renameTeam: (org: string, name: string, to: string) => Promise<void>;
  deleteTeam: (org: string, name: string) => Promise<void>;
}

/** People and teams of each organization, in the hub's database. */
export function createPeopleStore(database: Database): PeopleStore {
  const people = async (org: string, rest: RawBuilder<unknown>): Promise<Person[]> => {
    const rows = await database.all(
      sql`SELECT u.sub, u.username, u.name, u.email, m.role, CASE WHEN u.password = '' THEN 0 ELSE 1 END AS has_password,
            CASE WHEN e.sub IS NULL THEN 0 ELSE 1 END AS from_provider, u.last_sign_in, l.purpose, l.expires_at
          FROM memberships m JOIN users u ON u.sub = m.sub LEFT JOIN password_links l ON l.sub = m.sub
            LEFT JOIN external_identities e ON e.sub = m.sub
          WHERE m.org = ${org} ${rest}`,
    );
    return withTeams(org, rows);
  };
  const withTeams = async (org: string, rows: readonly Row[]): Promise<Person[]> => {
    const persons = rows.map((row) => PersonRow.parse(row));
    if (persons.length === 0) return [];
    const subs = sql.join(persons.map(({ sub }) => sub));
    const members = await database.all(
      sql`SELECT sub, team FROM team_members WHERE org = ${org} AND sub IN (${subs}) ORDER BY team`,
    );
    const teams = Map.groupBy(
      members.map((row) => MemberRow.parse(row)),
      ({ sub }) => sub,
    );
    return persons.map((person) => ({ ...person, teams: (teams.get(person.sub) ?? []).map(({ team }) => team) }));
  };

  return {
    list: (org, { limit, cursor, q, role, team }) => {
      const wanted = fold(q.trim());
      const conditions = [
        sql`AND u.username > ${cursor}`,
        ...(role === undefined ? [] : [sql`AND m.role = ${role}`]),
        ...(team === undefined
          ? []
          : [
              sql`AND EXISTS (SELECT 1 FROM team_members t WHERE t.org = m.org AND t.sub = m.sub AND t.team = ${team})`,
            ]),
        ...(wanted === '' ? [] : [sql`AND ${contains(database.engine, SEARCHED, wanted)}`]),
      ];
      return people(org, sql`${sql.join(conditions, sql` `)} ORDER BY u.username LIMIT ${limit}`);
    },
    find: async (org, sub) => (await people(org, sql`AND m.sub = ${sub}`))[0],
    activeOwners: async (org) => {
      const rows = await database.all(
        sql`SELECT m.sub FROM memberships m JOIN users u ON u.sub = m.sub
            WHERE m.org = ${org} AND m.role = 'owner' AND u.password <> '' LIMIT 2`,
      );
      return rows.map((row) => SubRow.parse(row));
    },
    organizationsOf: async (sub) => {
      const rows = await database.all(sql`SELECT org FROM memberships WHERE sub = ${sub} ORDER BY org`);
      return rows.map((row) => OrgRow.parse(row));
    },
    setTeams: (org, sub, teams) =>
      database.transaction(async () => {
        await database.run(sql`DELETE FROM team_members WHERE org = ${org} AND sub = ${sub}`);
        for (const team of teams) {
          await database.run(sql`INSERT INTO team_members (org, sub, team) VALUES (${org}, ${sub}, ${team})`);
        }
      }),
    leave: async (org, sub) => {
      await database.run(sql`DELETE FROM memberships WHERE org = ${org} AND sub = ${sub}`);
    },
    deleteAccount: async (sub) => {
      await database.run(sql`DELETE FROM users WHERE sub = ${sub}`);
    },
    teams: async (org) => {
      const rows = await database.all(
        sql`SELECT name, (SELECT count(*) FROM team_members m WHERE m.org = t.org AND m.team = t.name) AS people
            FROM teams t WHERE org = ${org} ORDER BY name`,
      );
      return rows.map((row) => TeamRow.parse(row));
    },
    addTeam: async (org, name) => {
      await database.run(sql`INSERT INTO teams (org, name) VALUES (${org}, ${name})`);
    },
    renameTeam: async (org, name, to) => {
      await database.run(sql`UPDATE teams SET name = ${to} WHERE org = ${org} AND name = ${name}`);
    },
    deleteTeam: async (org, name) => {
      await database.run(sql`DELETE FROM teams WHERE org = ${org} AND name = ${name}`);
    },
  };
}
