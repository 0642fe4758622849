import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFirstUseKeys } from '../../../../main/agent/policy/first-use-keys.ts';
import { systemClock } from '../../../../main/platform/time/clock.ts';
import type { PolicyKeys } from '../../../../shared/policy/keys.ts';
import { KEYS_TYP, POLICY_TYP } from '../../../../shared/policy/schema.ts';
import { createPolicySigner } from '../../../support/policy-signer.ts';

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
    createFirstUseKeys(
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

  it('follow those that a known one introduces, and nobody else', async () => {
    const [old, next, stranger] = await Promise.all(
      ['old', 'next', 'stranger'].map((kid) => createPolicySigner(['acme'], kid)),
    );
    if (old === undefined || next === undefined || stranger === undefined) throw new Error('three signers');
    const elsewhere = (await createPolicySigner(['globex'], 'elsewhere')).publicKey;
    served = { keys: [old.publicKey, elsewhere] };
    const now = Math.floor(Date.now() / 1000);
    let says = '';
    const keys = open(() => (says === '' ? Response.json(served) : new Response(says)));
    await keys.get(HUB, never);

    const claims = { iat: now, exp: now + 60, keys: [old.publicKey, next.publicKey] };
    const wrong: [string, string][] = [
      ['by a stranger', await stranger.sign(claims, KEYS_TYP)],
      ['of another kind', await old.sign(claims, POLICY_TYP)],
      ['that has expired', await old.sign({ ...claims, exp: now - 1 }, KEYS_TYP)],
      [
        'of other organizations’ keys',
        await old.sign({ ...claims, keys: [{ ...next.publicKey, organizations: ['globex'] }] }, KEYS_TYP),
      ],
      ['that is none', 'nonsense'],
    ];
    for (const [which, document] of wrong) {
      says = document;
      expect(await keys.introduced(HUB, 'acme', never), which).toBeNull();
    }
    expect(keys.known(HUB)).toEqual(served);

    says = await old.sign(claims, KEYS_TYP);
    const trusted = { keys: [old.publicKey, next.publicKey, elsewhere] };
    expect(await keys.introduced(HUB, 'acme', never)).toEqual(trusted);
    expect(asked.at(-1)).toBe(`${HUB}/v1/policy-keys?signedBy=old`);
    expect(await open().get(HUB, never)).toEqual(trusted);
    // Nothing new, and what was retired is trusted no longer.
    expect(await keys.introduced(HUB, 'acme', never)).toBeNull();
    says = await next.sign({ ...claims, keys: [next.publicKey] }, KEYS_TYP);
    expect(await keys.introduced(HUB, 'acme', never)).toEqual({ keys: [next.publicKey, elsewhere] });
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
