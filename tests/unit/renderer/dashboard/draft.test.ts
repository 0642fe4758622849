import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Clash,
  countsOf,
  type Draft,
  emptyDraft,
  isEmpty,
  rebase,
  type Side,
  settingsWith,
  withAdded,
  withNickname,
  withoutEdit,
  withRemoved,
  withSwitch,
} from '../../../../renderer/dashboard/stores/draft.ts';
import type { RegistryAccessSettings } from '../../../../shared/schemas/hub-schema.ts';

const BASE: RegistryAccessSettings = {
  enabled: true,
  mode: 'enforce',
  contact: 'olivia@acme.example',
  registries: [{ address: 'docker.io', nickname: 'Docker Hub' }, { address: 'quay.io' }],
};
const listedIn =
  ({ registries }: RegistryAccessSettings) =>
  (address: string): string | undefined => {
    const entry = registries.find((one) => one.address === address);
    return entry === undefined ? undefined : (entry.nickname ?? '');
  };
const listed = listedIn(BASE);

describe('a draft', () => {
  it('adds at the end, removes, renames and switches', () => {
    let draft = withAdded(emptyDraft(4), [{ address: 'ghcr.io', nickname: '' }], listed);
    draft = withRemoved(draft, 'quay.io', listed);
    draft = withNickname(draft, 'docker.io', 'Hub', listed);
    draft = withSwitch(draft, 'mode', 'enforce', 'audit');
    draft = withSwitch(draft, 'contact', 'olivia@acme.example', '');
    expect(settingsWith(BASE, draft)).toEqual({
      enabled: true,
      mode: 'audit',
      registries: [{ address: 'docker.io', nickname: 'Hub' }, { address: 'ghcr.io' }],
    });
    expect(countsOf(draft)).toEqual({
      ...{ added: 1, removed: 1, renamed: 1, changed: 0, hints: 0 },
      switches: ['mode', 'contact'],
    });
  });

  it('is empty again once each edit is taken back, by undoing it or by its opposite', () => {
    let draft = withAdded(emptyDraft(4), [{ address: 'ghcr.io', nickname: 'GitHub' }], listed);
    draft = withRemoved(draft, 'ghcr.io', listed);
    draft = withRemoved(draft, 'docker.io', listed);
    draft = withAdded(draft, [{ address: 'docker.io', nickname: '' }], listed);
    draft = withNickname(draft, 'quay.io', 'Quay', listed);
    draft = withNickname(draft, 'quay.io', '', listed);
    draft = withSwitch(draft, 'enabled', true, false);
    draft = withSwitch(draft, 'enabled', true, true);
    draft = withoutEdit(withRemoved(draft, 'quay.io', listed), 'quay.io');
    expect(isEmpty(draft)).toBe(true);
  });

  it('does not add what is listed already', () => {
    expect(isEmpty(withAdded(emptyDraft(4), [{ address: 'docker.io', nickname: 'Mine' }], listed))).toBe(true);
  });
});

const ADDRESSES = ['a.example', 'b.example', 'c.example'];
const nickname = fc.constantFrom('', 'One', 'Two');
const list = fc
  .record(Object.fromEntries(ADDRESSES.map((address) => [address, fc.option(nickname, { nil: undefined })])))
  .map((chosen) =>
    ADDRESSES.flatMap((address) => {
      const name = chosen[address];
      return name === undefined ? [] : [name === '' ? { address } : { address, nickname: name }];
    }),
  );
const settings: fc.Arbitrary<RegistryAccessSettings> = fc
  .tuple(fc.boolean(), fc.constantFrom('enforce' as const, 'audit' as const), nickname, list)
  .map(([enabled, mode, contact, registries]) => ({
    ...{ enabled, mode, registries },
    ...(contact === '' ? {} : { contact }),
  }));

/** The draft that makes `to` of `from`. */
function draftOf(from: RegistryAccessSettings, to: RegistryAccessSettings): Draft {
  const of = listedIn(from);
  const wanted = listedIn(to);
  let draft = emptyDraft(1);
  for (const address of ADDRESSES) {
    const [before, after] = [of(address), wanted(address)];
    if (before === undefined && after !== undefined) draft = withAdded(draft, [{ address, nickname: after }], of);
    if (before !== undefined && after === undefined) draft = withRemoved(draft, address, of);
    if (before !== undefined && after !== undefined) draft = withNickname(draft, address, after, of);
  }
  draft = withSwitch(draft, 'enabled', from.enabled, to.enabled);
  draft = withSwitch(draft, 'mode', from.mode, to.mode);
  return withSwitch(draft, 'contact', from.contact ?? '', to.contact ?? '');
}

/** Every part of the settings as text: the three switches, and the nickname of each address (undefined if it is not listed). */
function partsOf(of: RegistryAccessSettings): Record<string, string | undefined> {
  const names = listedIn(of);
  return {
    enabled: String(of.enabled),
    mode: of.mode,
    contact: of.contact ?? '',
    ...Object.fromEntries(ADDRESSES.map((address) => [address, names(address)])),
  };
}

describe('a draft made again on what somebody else saved', () => {
  it('keeps what only one of the two changed, and asks where both did, each in another way', () => {
    fc.assert(
      fc.property(settings, settings, settings, fc.constantFrom<Side>('mine', 'theirs'), (base, mine, theirs, side) => {
        const asked: Clash[] = [];
        const { draft } = rebase(draftOf(base, mine), { ...theirs, revision: 7 }, (clash) => {
          asked.push(clash);
          return side;
        });
        const merged = partsOf(settingsWith(theirs, draft));
        const [b, m, t] = [partsOf(base), partsOf(mine), partsOf(theirs)];
        for (const part of Object.keys(b)) {
          const clash = asked.some((one) => (one.about === 'registry' ? one.address : one.about) === part);
          if (m[part] === b[part] || m[part] === t[part]) {
            expect([part, merged[part], clash]).toEqual([part, t[part], false]);
          } else if (t[part] === b[part]) {
            expect([part, merged[part], clash]).toEqual([part, m[part], false]);
          } else if (m[part] === '' && b[part] === undefined) {
            // Both added it, and only theirs has a name.
            expect([part, merged[part]]).toEqual([part, t[part]]);
          } else if (clash) {
            expect([part, merged[part]]).toEqual([part, side === 'mine' ? m[part] : t[part]]);
          } else {
            // Both added it, and only mine has a name.
            expect([part, merged[part], b[part], t[part]]).toEqual([part, m[part], undefined, '']);
          }
        }
        expect(draft.revision).toBe(7);
      }),
    );
  });
});
