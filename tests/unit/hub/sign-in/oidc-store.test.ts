import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createOidcStore } from '../../../../main/hub/sign-in/oidc-store.ts';
import { openDatabase } from '../../../../main/hub/store/database.ts';

it('keeps the latest of what anybody can have stored, and all of what belongs to somebody', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-oidc-'));
  const database = await openDatabase(folder);
  try {
    const { adapter } = createOidcStore(database, () => 0, { kept: 5, every: 10 });
    const [interactions, sessions, codes] = ['Interaction', 'Session', 'DeviceCode'].map(adapter);
    await sessions?.upsert('mine', { accountId: 'mia' }, 60);
    await codes?.upsert('confirmed', { accountId: 'mia' }, 60);
    for (let i = 0; i < 50; i += 1) {
      await interactions?.upsert(`interaction-${i}`, {}, 60);
      await codes?.upsert(`code-${i}`, {}, 60);
      await sessions?.upsert(`session-${i}`, {}, 60);
    }
    const rows = database.prepare('SELECT model, count(*) AS count FROM oidc GROUP BY model').all();
    // What came since the last count is above the limit.
    for (const { model, count } of rows)
      expect({ model, bounded: Number(count) <= 5 + 10 + 1 }).toEqual({ model, bounded: true });
    expect(rows).toHaveLength(3);
    expect(await sessions?.find('mine')).toMatchObject({ accountId: 'mia' });
    expect(await codes?.find('confirmed')).toMatchObject({ accountId: 'mia' });
    expect(await interactions?.find('interaction-49')).toEqual({});
    expect(await interactions?.find('interaction-0')).toBeUndefined();
  } finally {
    database.close();
    await rm(folder, { recursive: true, force: true });
  }
});
