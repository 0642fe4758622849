import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OWNER_SESSION_MS, ownerSession } from '../../../main/cli/owner-session.ts';

const HUB = 'https://hub.acme.example';
const NOW = Date.UTC(2026, 10, 21, 12);

describe("an owner's sign-in that is kept", () => {
  let runtime: string;
  beforeEach(() => {
    runtime = mkdtempSync(join(tmpdir(), 'portcullis-owner-'));
  });
  afterEach(() => rmSync(runtime, { recursive: true }));
  const session = () => ownerSession({ XDG_RUNTIME_DIR: runtime });

  it('is there until it ends, and then deleted', async () => {
    expect(await session().current(NOW)).toBeNull();
    await session().keep(HUB, 'secret', NOW + OWNER_SESSION_MS);
    expect(await session().current(NOW)).toMatchObject({ hub: HUB, token: 'secret' });
    expect(await session().current(NOW + OWNER_SESSION_MS - 1)).toMatchObject({ token: 'secret' });
    expect(await session().current(NOW + OWNER_SESSION_MS)).toBeNull();
    expect(readdirSync(join(runtime, 'portcullis'))).toEqual([]);
  });

  it('is not prolonged by a clock that is set back', async () => {
    await session().keep(HUB, 'secret', NOW + OWNER_SESSION_MS);
    expect(await session().current(NOW - 1)).toBeNull();
    expect(await session().current(NOW)).toBeNull();
  });

  it.each(['', '{}', '[]', 'null', `{"hub":"${HUB}","token":"","until":${NOW + 1}}`, `{"hub":"${HUB}","token":"a"}`])(
    'is taken for none where its file says %s',
    async (text) => {
      mkdirSync(join(runtime, 'portcullis'), { mode: 0o700 });
      writeFileSync(join(runtime, 'portcullis', 'owner.json'), text);
      expect(await session().current(NOW)).toBeNull();
    },
  );
});
