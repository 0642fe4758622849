import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../main/platform/clock.ts';
import { firstUseKeys } from '../../../main/policy/first-use-keys.ts';
import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import { createPolicySigner } from '../../support/policy-signer.ts';

const HUB = 'https://hub.acme.example';
const never = new AbortController().signal;

describe('keys that nobody has pinned', () => {
  let folder: string;
  let served: PolicyKeys;
  let asked: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-keys-'));
    served = { keys: [(await createPolicySigner()).publicKey] };
    asked = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = (answer = () => Response.json(served)) =>
    firstUseKeys(
      join(folder, 'keys.json'),
      async (input) => {
        asked.push(String(input));
        return answer();
      },
      systemClock,
    );

  it('are those of the first contact, also after a restart, whatever the server says later', async () => {
    const first = served;
    expect(await open().get(HUB, never)).toEqual(first);
    served = { keys: [(await createPolicySigner()).publicKey] };
    const later = open();
    expect(await later.get(HUB, never)).toEqual(first);
    expect(later.known(HUB)).toEqual(first);
    expect(asked).toEqual([`${HUB}/v1/policy-keys`]);
  });

  it('are another server’s own', async () => {
    const keys = open();
    await keys.get(HUB, never);
    await keys.get('https://hub.globex.example/', never);
    expect(asked).toEqual([`${HUB}/v1/policy-keys`, 'https://hub.globex.example/v1/policy-keys']);
    expect(keys.known(HUB)).toBeNull();
  });

  it('are not taken from an answer that holds none', async () => {
    const keys = open(() => Response.json({ keys: [] }));
    await expect(keys.get(HUB, never)).rejects.toMatchObject({ problem: { code: 'server-unexpected' } });
    expect(keys.known(HUB)).toBeNull();
  });
});
