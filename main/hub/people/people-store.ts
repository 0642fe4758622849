import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Access, type PeopleQuery, type Person, type Team } from '../../../shared/schemas/hub/people.ts';
import { fold } from '../store/fold.ts';

const PersonRow = z
  .object({
    sub: z.string(),
    username: z.string(),
    name: z.string().nullable(),
    email: z.string().nullable(),
    role: Access,
    teams: z.string(),
    has_password: z.number(),
    last_sign_in: z.number().nullable(),
    purpose: z.string().nullable(),
    expires_at: z.number().nullable(),
  })
  .transform(({ sub, username, name, email, role, teams, ...row }): Person => {
    const state = row.has_password === 1 ? 'active' : row.purpose === 'reset' ? 'reset' : 'invited';
    return {
      ...{ sub, username, role, state },
      ...(name === null ? {} : { name }),
      ...(email === null ? {} : { email }),
      teams: z.array(z.string()).parse(JSON.parse(teams)),
      lastSignIn: row.last_sign_in === null ? null : new Date(row.last_sign_in).toISOString(),
      ...(state === 'active' || row.expires_at === null
        ? {}
        : { invitedUntil: new Date(row.expires_at).toISOString() }),
    };
  });
const OrgRow = z.object({ org: z.string() }).transform(({ org }) => org);
const SubRow = z.object({ sub: z.string() }).transform(({ sub }) => sub);
const TeamRow = z.object({ name: z.string(), people: z.number() });

export interface PeopleStore {
  /** By user name; at most `limit`. */
  list: (org: string, query: PeopleQuery) => Person[];
  find: (org: string, sub: string) => Person | undefined;
  /** Those who can sign in. */
  activeOwners: (org: string) => string[];
  organizationsOf: (sub: string) => string[];
  setTeams: (org: string, sub: string, teams: readonly string[]) => void;
  setIdentity: (sub: string, identity: { name: string | null; email: string | null }) => void;
  leave: (org: string, sub: string) => void;
  deleteAccount: (sub: string) => void;
  teams: (org: string) => Team[];
  addTeam: (org: string, name: string) => void;
  renameTeam: (org: string, name: string, to: string) => void;
  deleteTeam: (org: string, name: string) => void;
}

/** People and teams of each organization, in the hub's database. */
export function createPeopleStore(database: DatabaseSync): PeopleStore {
  const person = `SELECT u.sub, u.username, u.name, u.email, m.role, u.password <> '' AS has_password, u.last_sign_in,
      l.purpose, l.expires_at,
      (SELECT json_group_array(team) FROM
        (SELECT team FROM team_members t WHERE t.org = m.org AND t.sub = m.sub ORDER BY team)) AS teams
    FROM memberships m JOIN users u ON u.sub = m.sub LEFT JOIN password_links l ON l.sub = m.sub
    WHERE m.org = :org`;
  const selectOne = database.prepare(`${person} AND m.sub = :sub`);
  const selectPage = database.prepare(
    `${person} AND u.username > :cursor AND (:role IS NULL OR m.role = :role)
       AND (:team IS NULL OR EXISTS
         (SELECT 1 FROM team_members t WHERE t.org = m.org AND t.sub = m.sub AND t.team = :team))
       AND (:q = '' OR instr(fold(u.username || ' ' || ifnull(u.name, '') || ' ' || ifnull(u.email, '')), :q) > 0)
     ORDER BY u.username LIMIT :limit`,
  );
  const selectOwners = database.prepare(
    `SELECT m.sub FROM memberships m JOIN users u ON u.sub = m.sub
     WHERE m.org = ? AND m.role = 'owner' AND u.password <> '' LIMIT 2`,
  );
  const selectOrganizations = database.prepare('SELECT org FROM memberships WHERE sub = ? ORDER BY org');
  const removeTeams = database.prepare('DELETE FROM team_members WHERE org = ? AND sub = ?');
  const insertTeam = database.prepare('INSERT INTO team_members (org, sub, team) VALUES (?, ?, ?)');
  const updateIdentity = database.prepare('UPDATE users SET name = ?, email = ? WHERE sub = ?');
  const removeMembership = database.prepare('DELETE FROM memberships WHERE org = ? AND sub = ?');
  const removeUser = database.prepare('DELETE FROM users WHERE sub = ?');
  const selectTeams = database.prepare(
    `SELECT name, (SELECT count(*) FROM team_members m WHERE m.org = t.org AND m.team = t.name) AS people
     FROM teams t WHERE org = ? ORDER BY name`,
  );
  const makeTeam = database.prepare('INSERT INTO teams (org, name) VALUES (?, ?)');
  const updateTeam = database.prepare('UPDATE teams SET name = ? WHERE org = ? AND name = ?');
  const removeTeam = database.prepare('DELETE FROM teams WHERE org = ? AND name = ?');

  return {
    list: (org, { limit, cursor, q, role = null, team = null }) =>
      selectPage.all({ org, limit, cursor, role, team, q: fold(q.trim()) }).map((row) => PersonRow.parse(row)),
    find: (org, sub) => PersonRow.optional().parse(selectOne.get({ org, sub })),
    activeOwners: (org) => selectOwners.all(org).map((row) => SubRow.parse(row)),
    organizationsOf: (sub) => selectOrganizations.all(sub).map((row) => OrgRow.parse(row)),
    setTeams: (org, sub, teams) => {
      removeTeams.run(org, sub);
      for (const team of teams) insertTeam.run(org, sub, team);
    },
    setIdentity: (sub, { name, email }) => void updateIdentity.run(name, email, sub),
    leave: (org, sub) => void removeMembership.run(org, sub),
    deleteAccount: (sub) => void removeUser.run(sub),
    teams: (org) => selectTeams.all(org).map((row) => TeamRow.parse(row)),
    addTeam: (org, name) => void makeTeam.run(org, name),
    renameTeam: (org, name, to) => void updateTeam.run(to, org, name),
    deleteTeam: (org, name) => void removeTeam.run(org, name),
  };
}
