import { lstat, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { parseAddress } from '../../shared/hosts/address.ts';
import { addressNotices } from '../../shared/hosts/address-notices.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import { positionInWords } from '../platform/fs/file-problem.ts';
import { parseStrictJson, positionOfPath } from '../platform/fs/strict-json.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { HubConfig } from './config.ts';
import type { RegistryAccess } from './registry-access/registry-access.ts';
import type { SigningKeys } from './registry-access/signing-keys.ts';
import { generatePassword, hashPassword, MAX_PASSWORD_LENGTH, verifyPassword } from './sign-in/password.ts';
import type { Accounts } from './store/accounts.ts';
import type { Database } from './store/database.ts';

/** By user name. */
type Passwords = Map<string, string>;
const PasswordsFile = z
  .record(z.string(), z.string().min(1).max(MAX_PASSWORD_LENGTH))
  .transform((passwords): Passwords => new Map(Object.entries(passwords)));

/** As `PUT` saves them; what there is to say about an address is in the log, because nobody is there to read it. */
function seededRegistries(
  org: string,
  registries: readonly RegistryEntry[],
  log: Pick<Logger, 'warn'>,
): RegistryEntry[] {
  return registries.map((entry) => {
    const parsed = parseAddress(entry.address);
    const said = parsed.ok ? addressNotices(entry.address).map((notice) => notice.problem) : [parsed.problem];
    for (const one of said) log.warn({ org, address: entry.address, problem: one }, 'address in seed.organizations');
    return parsed.ok ? { ...entry, address: parsed.value.text } : entry;
  });
}

/**
 * Adds organizations and users of the configuration that were never there, and sets the passwords that have changed in the passwords
 * file. Settings, roles and passwords that were changed here since are left alone, and nobody who was removed comes back.
 * @throws ProblemError `passwords-unusable`, `passwords-exposed`, `cannot-write`
 */
export async function seed(
  { organizations, users }: HubConfig['seed'],
  passwordsFile: string,
  deps: {
    database: Database;
    accounts: Accounts;
    access: RegistryAccess;
    keys: SigningKeys;
    random: (bytes: number) => Buffer;
    log: Pick<Logger, 'warn'>;
  },
): Promise<void> {
  const { database, accounts, access, keys, random, log } = deps;
  for (const { name, settings } of organizations) {
    await database.transaction(async () => {
      if (await accounts.hasOrganization(name)) return;
      await accounts.addOrganization(name);
      await keys.create(name);
      await access.create(name, { ...settings, registries: seededRegistries(name, settings.registries, log) }, 'hub');
    });
  }

  // Who was seeded once and is gone was removed by an owner.
  const present: typeof users = [];
  for (const user of users) {
    const isThere = (await accounts.byUsername(user.username)) !== undefined;
    if (isThere || (await accounts.seededPassword(user.username)) === undefined) present.push(user);
  }
  const passwords = await completePasswords(
    present.map(({ username }) => username),
    passwordsFile,
    random,
  );
  for (const user of present) {
    const { username, name = null, email = null } = user;
    const password = passwords.get(username) ?? generatePassword(random);
    const seeded = await accounts.seededPassword(username);
    if (seeded !== undefined && (await verifyPassword(password, seeded))) continue;
    const hash = await hashPassword(password, random);
    await database.transaction(async () => {
      // Another hub that starts at the same time was faster.
      if ((await accounts.seededPassword(username)) !== seeded) return;
      const existing = await accounts.byUsername(username);
      if (existing === undefined) {
        const sub = random(16).toString('hex');
        await accounts.addUser({ sub, username, name, email, password: hash });
        for (const { name: org, role } of user.organizations) await accounts.setMembership(org, sub, role);
      } else if (seeded !== undefined) {
        // The file was changed. Otherwise a password that the person has set since would be lost at each start.
        await accounts.setPassword(existing.sub, hash);
      }
      await accounts.setSeededPassword(username, hash);
    });
  }
}

/** The passwords in the file; missing ones are generated and written to it. */
async function completePasswords(
  usernames: string[],
  file: string,
  random: (bytes: number) => Buffer,
): Promise<Passwords> {
  const passwords = await readPasswords(file);
  const missing = usernames.filter((username) => !passwords.has(username));
  for (const username of missing) passwords.set(username, generatePassword(random));
  if (missing.length > 0) {
    await writeFileAtomic(file, `${JSON.stringify(Object.fromEntries(passwords), null, 2)}\n`);
  }
  return passwords;
}

async function readPasswords(file: string): Promise<Passwords> {
  const unusable = (cause: string) => new ProblemError(problem('passwords-unusable', { file }, { cause }));
  try {
    const { mode } = await lstat(file);
    // Windows has no mode bits; there the folder's access list protects the file.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new ProblemError(problem('passwords-exposed', { file }));
    }
    const json = parseStrictJson(await readFile(file));
    // Its sentences quote no value: one may be a password.
    if (!json.ok) throw unusable(positionInWords(json.problem, json.problem.message));
    const parsed = PasswordsFile.safeParse(json.value.value);
    if (parsed.success) return parsed.data;
    const position = positionOfPath(parsed.error.issues[0]?.path ?? [], json.value);
    throw unusable(positionInWords(position, 'not a JSON object of user names and passwords'));
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw unusable(String(error));
  }
}
