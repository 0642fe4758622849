import { createHash, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { FirstOwnerCode } from '../../../shared/schemas/hub/operator.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { HttpProblem } from '../http/problem-response.ts';
import { generatePassword } from '../sign-in/password.ts';
import type { Accounts } from '../store/accounts.ts';
import type { Database } from '../store/database.ts';
import type { Facts } from '../store/facts.ts';

const CODE_MS = 30 * 60_000;
export const FIRST_OWNER_FACT = 'first-owner-code';
export const FIRST_OWNER_PATH = '/first-owner';

/** One at a time: a new one replaces it. */
const Code = z.object({ digest: z.string(), organization: z.string(), until: z.number() });
type Code = z.infer<typeof Code>;

/** How a hub without an owner gets one: root has a code made, and whoever enters it becomes the owner. */
export interface FirstOwner {
  /** @throws HttpProblem 409 where the organization has an owner, 404 where there is none of that name, 422 where one has to be named */
  makeCode: (organization: string | undefined) => Promise<FirstOwnerCode>;
  /** @returns the organization that the code is for; null where it is wrong, used or expired, or somebody has become owner since */
  organizationOf: (code: string) => Promise<string | null>;
  /** Uses the code up. @returns the problem where that is no longer possible */
  create: (code: string, account: { username: string; passwordHash: string }) => Promise<Problem | null>;
}

export function createFirstOwner(deps: {
  database: Database;
  facts: Facts;
  accounts: Accounts;
  issuer: string;
  random: (bytes: number) => Buffer;
  /** Milliseconds since 1970. */
  now: () => number;
}): FirstOwner {
  const { database, facts, accounts, issuer, random, now } = deps;
  const hasOwner = async (organization: string): Promise<boolean> =>
    (await database.get(sql`SELECT 1 FROM memberships WHERE org = ${organization} AND role = 'owner' LIMIT 1`)) !==
    undefined;

  async function organizationOf(typed: string): Promise<string | null> {
    const open = Code.safeParse(parseJson((await facts.get(FIRST_OWNER_FACT)) ?? ''));
    if (!open.success || now() >= open.data.until || (await hasOwner(open.data.organization))) return null;
    const matches = timingSafeEqual(digestOf(typed), Buffer.from(open.data.digest, 'base64url'));
    return matches ? open.data.organization : null;
  }

  return {
    async makeCode(wanted) {
      const organizations = await accounts.organizations();
      const [only] = organizations;
      const organization = wanted ?? (organizations.length === 1 ? only : undefined);
      if (organization === undefined) throw new HttpProblem(422, problem('organization-needed', { organizations }));
      if (!(await accounts.hasOrganization(organization))) {
        throw new HttpProblem(404, problem('organization-unknown', { organization }));
      }
      if (await hasOwner(organization)) throw new HttpProblem(409, problem('owner-exists', { organization }));
      const code = generatePassword(random);
      const until = now() + CODE_MS;
      const stored: Code = { digest: digestOf(code).toString('base64url'), organization, until };
      await facts.set(FIRST_OWNER_FACT, JSON.stringify(stored));
      return { code, url: `${issuer}${FIRST_OWNER_PATH}`, organization, until: new Date(until).toISOString() };
    },
    organizationOf,
    create: (code, { username, passwordHash }) =>
      database.transaction(async () => {
        // Hashing the password took a moment, in which another one may have come first.
        const organization = await organizationOf(code);
        if (organization === null) return problem('first-owner-code-wrong');
        if ((await accounts.byUsername(username)) !== undefined) return problem('user-name-taken', { username });
        const sub = random(16).toString('hex');
        await accounts.addUser({ sub, username, name: null, email: null, password: passwordHash });
        await accounts.setMembership(organization, sub, 'owner');
        await facts.remove(FIRST_OWNER_FACT);
        return null;
      }),
  };
}

/** A code has 99 bits, so that a slow hash would add nothing. Dashes, spaces and capitals are how people type it. */
function digestOf(code: string): Buffer {
  return createHash('sha256').update(code.toLowerCase().replaceAll(/[\s-]/g, '')).digest();
}
