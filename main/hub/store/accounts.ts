import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Access } from '../../../shared/schemas/hub/people.ts';
import { Me } from '../../../shared/schemas/hub-schema.ts';

const UserRow = z.object({
  sub: z.string(),
  username: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  password: z.string(),
});
export type User = z.infer<typeof UserRow>;

const SeededRow = z.object({ password: z.string() });
const MembershipRow = z.object({ name: z.string(), role: Access });

/** Users, organizations and memberships. */
export interface Accounts {
  /** @param username as typed: case and surrounding white space do not matter */
  byUsername: (username: string) => User | undefined;
  bySub: (sub: string) => User | undefined;
  describe: (user: User) => Me;
  role: (org: string, sub: string) => Access | undefined;
  hasOrganization: (org: string) => boolean;
  organizations: () => string[];
  addUser: (user: User) => void;
  /** @param password empty where nobody can sign in with one */
  setPassword: (sub: string, password: string) => void;
  /** The password that the seed has last set for this user name; undefined where it never did. */
  seededPassword: (username: string) => string | undefined;
  setSeededPassword: (username: string, password: string) => void;
  /** @param at milliseconds since 1970 */
  signedIn: (sub: string, at: number) => void;
  addOrganization: (org: string) => void;
  setMembership: (org: string, sub: string, role: Access) => void;
}

export function createAccounts(database: DatabaseSync): Accounts {
  const userByName = database.prepare('SELECT * FROM users WHERE username = ?');
  const userBySub = database.prepare('SELECT * FROM users WHERE sub = ?');
  const membershipsOf = database.prepare('SELECT org AS name, role FROM memberships WHERE sub = ? ORDER BY org');
  const roleOf = database.prepare('SELECT role FROM memberships WHERE org = ? AND sub = ?');
  const organization = database.prepare('SELECT name FROM organizations WHERE name = ?');
  const allOrganizations = database.prepare('SELECT name FROM organizations ORDER BY name');
  const insertUser = database.prepare(
    'INSERT INTO users (sub, username, name, email, password) VALUES (?, ?, ?, ?, ?)',
  );
  const updatePassword = database.prepare('UPDATE users SET password = ? WHERE sub = ?');
  const selectSeeded = database.prepare('SELECT password FROM seeded WHERE username = ?');
  const upsertSeeded = database.prepare('INSERT OR REPLACE INTO seeded (username, password) VALUES (?, ?)');
  const updateSignIn = database.prepare('UPDATE users SET last_sign_in = ? WHERE sub = ?');
  const insertOrganization = database.prepare('INSERT INTO organizations (name) VALUES (?)');
  const upsertMembership = database.prepare(
    'INSERT INTO memberships (org, sub, role) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET role = excluded.role',
  );

  const user = (row: unknown): User | undefined => (row === undefined ? undefined : UserRow.parse(row));
  return {
    byUsername: (username) => user(userByName.get(username.trim().toLowerCase())),
    bySub: (sub) => user(userBySub.get(sub)),
    describe: ({ sub, name, email }) =>
      Me.parse({
        sub,
        ...(name === null ? {} : { name }),
        ...(email === null ? {} : { email }),
        // A role of a newer version gives nothing here, as below.
        organizations: membershipsOf.all(sub).flatMap((row) => {
          const membership = MembershipRow.safeParse(row);
          if (!membership.success) return [];
          const { name, role: access } = membership.data;
          return [{ name, role: access === 'owner' ? 'owner' : 'member', access }];
        }),
      }),
    role: (org, sub) => Access.safeParse(roleOf.get(org, sub)?.role).data,
    hasOrganization: (org) => organization.get(org) !== undefined,
    organizations: () => allOrganizations.all().map(({ name }) => String(name)),
    addUser: ({ sub, username, name, email, password }) => {
      insertUser.run(sub, username, name, email, password);
    },
    setPassword: (sub, password) => {
      updatePassword.run(password, sub);
    },
    seededPassword: (username) => SeededRow.optional().parse(selectSeeded.get(username))?.password,
    setSeededPassword: (username, password) => {
      upsertSeeded.run(username, password);
    },
    signedIn: (sub, at) => {
      updateSignIn.run(at, sub);
    },
    addOrganization: (org) => {
      insertOrganization.run(org);
    },
    setMembership: (org, sub, role) => {
      upsertMembership.run(org, sub, role);
    },
  };
}
