import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSigningKeys } from '../../../../main/hub/registry-access/signing-keys.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createFacts } from '../../../../main/hub/store/facts.ts';
import { readHubKeys } from '../../../../main/hub/store/hub-keys.ts';
import { keepSealed } from '../../../../main/hub/store/keep-sealed.ts';
import { openSqlite } from '../../../../main/hub/store/sqlite.ts';
import { createVault, OPEN_VAULT } from '../../../../main/hub/store/vault.ts';

const [first, second] = [randomBytes(32), randomBytes(32)];
const vault = (...keys: Buffer[]) => createVault(keys, randomBytes);

describe('a vault', () => {
  it('opens what it sealed, in its place and by its key only, and unchanged only', () => {
    const sealed = vault(first).seal('facts/a', 'sécret');
    expect(sealed).not.toContain('cret');
    expect(vault(first).open('facts/a', sealed)).toBe('sécret');
    expect(vault(second, first).open('facts/a', sealed)).toBe('sécret');
    expect(() => vault(first).open('facts/b', sealed)).toThrow('encrypted by another key');
    expect(() => vault(second).open('facts/a', sealed)).toThrow('encrypted by another key');
    expect(() => OPEN_VAULT.open('facts/a', sealed)).toThrow('has no key');
    for (let at = sealed.indexOf('.', 8) + 1; at < sealed.length; at += 1) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
      // The last character has bits that are no part of it.
      const isSame = Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(
        Buffer.from(sealed.split('.')[2] ?? '', 'base64url'),
      );
      if (!isSame) expect(() => vault(first).open('facts/a', changed)).toThrow('encrypted by another key');
    }
    expect(() => vault(first).open('facts/a', `${sealed.slice(0, sealed.lastIndexOf('.'))}.`)).toThrow();
  });

  it('never seals the same twice alike, and leaves what is in the clear as it is', () => {
    const one = vault(first);
    expect(one.seal('facts/a', 'secret')).not.toBe(one.seal('facts/a', 'secret'));
    expect(one.open('facts/a', '{"plain":1}')).toBe('{"plain":1}');
    expect(OPEN_VAULT.seal('facts/a', 'secret')).toBe('secret');
    expect([one.isCurrent('secret'), OPEN_VAULT.isCurrent('secret')]).toEqual([false, true]);
  });
});

describe('the key file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-keys-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const written = async (content: string, mode = 0o600): Promise<string> => {
    const file = join(folder, 'key');
    await writeFile(file, content, { mode });
    await chmod(file, mode);
    return file;
  };

  it('has a key in each line, the newest first', async () => {
    const file = await written(`${second.toString('base64')}\n${first.toString('base64url')}\n`);
    expect(await readHubKeys(file, {})).toEqual([second, first]);
    expect(await readHubKeys(undefined, { PORTCULLIS_HUB_KEY: first.toString('base64') })).toEqual([first]);
    expect(await readHubKeys(undefined, {})).toEqual([]);
  });

  it.each([
    ['is empty', '\n', 0o600],
    ['has a short key', `${randomBytes(31).toString('base64')}\n`, 0o600],
    ['has words', 'correct horse battery staple\n', 0o600],
    ['can be read by others', `${first.toString('base64')}\n`, 0o640],
  ])('is refused where it %s', async (_what, content, mode) => {
    await expect(readHubKeys(await written(content, mode), {})).rejects.toThrow('cannot use the key');
  });
});

describe('a hub’s secrets', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hub-sealed-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A start by these keys. @returns what the hub knows, and what is stored */
  async function started(...keys: Buffer[]) {
    const database = await openSqlite(folder, keys.length === 0 ? undefined : vault(...keys));
    try {
      await keepSealed(database);
      const accounts = createAccounts(database);
      const signing = createSigningKeys(database, randomBytes, () => 1_800_000_000_000);
      if (!(await accounts.hasOrganization('acme'))) {
        await accounts.addOrganization('acme');
        await signing.create('acme');
        await database.run(
          sql`INSERT INTO webhooks (id, org, name, url, events, enabled, secret, previous, created_by, created_at)
              VALUES ('h', 'acme', 'h', 'https://a.example', '[]', 1, 'whsec_now', 'whsec_before', 'olivia', 1)`,
        );
      }
      const facts = createFacts(database);
      const cookie = await facts.once('cookie-key', () => 'a cookie key');
      await facts.set('port', '8080');
      const stored = JSON.stringify([
        await database.all(sql`SELECT jwk FROM signing_keys`),
        await database.all(sql`SELECT secret, previous FROM webhooks`),
        await database.all(sql`SELECT name, value FROM facts ORDER BY name`),
      ]);
      return { kid: (await signing.signingKey('acme')).kid, d: (await signing.signingKey('acme')).d, cookie, stored };
    } finally {
      await database.close();
    }
  }

  it('are encrypted from the first start with a key on, and read as before', async () => {
    const before = await started();
    expect(before.stored).toContain(before.d);
    await started(first);
    const after = await started(first);
    expect(after).toMatchObject({ kid: before.kid, d: before.d, cookie: 'a cookie key' });
    for (const secret of [before.d, 'a cookie key', 'whsec_now', 'whsec_before']) {
      expect(after.stored).not.toContain(secret);
    }
    expect(after.stored).toContain('8080');
  });

  it('are encrypted anew by a newer key, after which the older one is of no use', async () => {
    const { d } = await started(first);
    await started(first);
    expect((await started(second, first)).d).toBe(d);
    await started(second);
    expect((await started(second)).d).toBe(d);
    await expect(started(first)).rejects.toThrow('encrypted by another key');
    await expect(started()).rejects.toThrow('has no key');
  });
});
