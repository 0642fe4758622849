import { sql } from 'kysely';
import { z } from 'zod';
import { Access } from '../../../shared/schemas/hub/people.ts';
import { Me } from '../../../shared/schemas/hub-schema.ts';
import type { Database, Row } from './database.ts';

const UserRow = z.object({
  sub: z.string(),
  username: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  password: z.string(),
});
export type User = z.infer<typeof UserRow>;
const FoundUser = UserRow.optional();

const SeededRow = z.object({ password: z.string() });
const MembershipRow = z.object({ name: z.string(), role: Access });

/** Users, organizations and memberships. */
export interface Accounts {
  /** @param username as typed: case and surrounding white space do not matter */
  byUsername: (username: string) => Promise<User | undefined>;
  bySub: (sub: string) => Promise<User | undefined>;
  describe: (user: User) => Promise<Me>;
  role: (org: string, sub: string) => Promise<Access | undefined>;
  hasOrganization: (org: string) => Promise<boolean>;
  organizations: () => Promise<string[]>;
  addUser: (user: User) => Promise<void>;
  setIdentity: (sub: string, identity: { name: string | null; email: string | null }) => Promise<void>;
  /** @param password empty where nobody can sign in with one */
  setPassword: (sub: string, password: string) => Promise<void>;
  /** The password that the seed has last set for this user name; undefined where it never did. */
  seededPassword: (username: string) => Promise<string | undefined>;
  setSeededPassword: (username: string, password: string) => Promise<void>;
  /** @param at milliseconds since 1970 */
  signedIn: (sub: string, at: number) => Promise<void>;
  addOrganization: (org: string) => Promise<void>;
  setMembership: (org: string, sub: string, role: Access) => Promise<void>;
}

export function createAccounts(database: Database): Accounts {
  return {
    byUsername: async (username) =>
      userIn(await database.get(sql`SELECT * FROM users WHERE username = ${username.trim().toLowerCase()}`)),
    bySub: async (sub) => userIn(await database.get(sql`SELECT * FROM users WHERE sub = ${sub}`)),
    describe: async ({ sub, name, email, password }) => {
      const rows = await database.all(sql`SELECT org AS name, role FROM memberships WHERE sub = ${sub} ORDER BY org`);
      return Me.parse({
        sub,
        ...(name === null ? {} : { name }),
        ...(email === null ? {} : { email }),
        hasPassword: password !== '',
        // A role of a newer version gives nothing here, as below.
        organizations: rows.flatMap((row) => {
          const membership = MembershipRow.safeParse(row);
          if (!membership.success) return [];
          const { name, role: access } = membership.data;
          return [{ name, role: access === 'owner' ? 'owner' : 'member', access }];
        }),
      });
    },
    role: async (org, sub) => {
      const [row] = await database.lookUp(sql`SELECT role FROM memberships WHERE org = ${org} AND sub = ${sub}`);
      return roleIn(row);
    },
    hasOrganization: async (org) =>
      (await database.get(sql`SELECT name FROM organizations WHERE name = ${org}`)) !== undefined,
    organizations: async () =>
      (await database.all(sql`SELECT name FROM organizations ORDER BY name`)).map(({ name }) => String(name)),
    addUser: async ({ sub, username, name, email, password }) => {
      await database.run(
        sql`INSERT INTO users (sub, username, name, email, password)
            VALUES (${sub}, ${username}, ${name}, ${email}, ${password})`,
      );
    },
    setIdentity: async (sub, { name, email }) => {
      await database.run(sql`UPDATE users SET name = ${name}, email = ${email} WHERE sub = ${sub}`);
    },
    setPassword: async (sub, password) => {
      await database.run(sql`UPDATE users SET password = ${password} WHERE sub = ${sub}`);
    },
    seededPassword: async (username) =>
      SeededRow.optional().parse(await database.get(sql`SELECT password FROM seeded WHERE username = ${username}`))
        ?.password,
    setSeededPassword: async (username, password) => {
      await database.run(
        sql`INSERT INTO seeded (username, password) VALUES (${username}, ${password})
            ON CONFLICT (username) DO UPDATE SET password = excluded.password`,
      );
    },
    signedIn: async (sub, at) => {
      await database.run(sql`UPDATE users SET last_sign_in = ${at} WHERE sub = ${sub}`);
    },
    addOrganization: async (org) => {
      await database.run(sql`INSERT INTO organizations (name) VALUES (${org})`);
    },
    setMembership: async (org, sub, role) => {
      await database.run(
        sql`INSERT INTO memberships (org, sub, role) VALUES (${org}, ${sub}, ${role})
            ON CONFLICT (org, sub) DO UPDATE SET role = excluded.role`,
      );
    },
  };
}

/** The user in a row that has the columns of `users`, whatever else it has. */
export function userIn(row: Row | undefined): User | undefined {
  return FoundUser.parse(row);
}

/** The role in a row's column `role`. One of a newer version gives nothing here. */
export function roleIn(row: Row | undefined): Access | undefined {
  return Access.safeParse(row?.role).data;
}
