import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeChange } from '../../../../shared/lists/describe-change.ts';
import { diffSettings } from '../../../../shared/lists/diff-settings.ts';
import type { RegistryEntry } from '../../../../shared/policy/schema.ts';
import { SettingsChanges } from '../../../../shared/schemas/hub/changes.ts';
import type { RegistryAccessSettings } from '../../../../shared/schemas/hub-schema.ts';

const before: RegistryAccessSettings = {
  enabled: true,
  mode: 'enforce',
  registries: [{ address: 'docker.io', nickname: 'Docker Hub' }, { address: 'quay.io' }],
};
const phrases = (one: RegistryAccessSettings, other: RegistryAccessSettings): string[] =>
  diffSettings(one, other).changes.map(describeChange);

describe('what changed between two settings', () => {
  it.each<[Partial<RegistryAccessSettings>, string[]]>([
    [{}, []],
    [{ enabled: false }, ['turned restrictions off']],
    [{ mode: 'audit' }, ['switched to audit']],
    [{ contact: '#registries' }, ['changed the contact to #registries']],
    [{ registries: [...before.registries, { address: 'ghcr.io', nickname: 'GitHub' }] }, ['added ghcr.io (GitHub)']],
    [{ registries: before.registries.slice(1) }, ['removed docker.io (Docker Hub)']],
    [
      { registries: [{ address: 'docker.io' }, { address: 'quay.io', nickname: 'Red Hat' }] },
      ['removed the nickname of docker.io (Docker Hub)', 'renamed quay.io to Red Hat'],
    ],
    [{ registries: before.registries.toReversed() }, ['reordered the registries']],
  ])('%j is listed as %j', (change, expected) => {
    expect(phrases(before, { ...before, ...change })).toEqual(expected);
  });

  const until = '2026-12-04T17:00:00Z';
  const gcr = { address: 'gcr.io', nickname: 'Google', until };
  const quay = { address: 'quay.io', teams: ['platform', 'data'] };
  it.each<[Partial<RegistryAccessSettings>, Partial<RegistryAccessSettings>, string[]]>([
    [{}, { grants: [gcr] }, [`added gcr.io (Google) until ${until}`]],
    [{ grants: [gcr, quay] }, { grants: [gcr] }, ['removed quay.io for teams platform, data']],
    [{ grants: [gcr] }, { grants: [{ ...gcr, until: '2026-12-04T18:00:00+01:00' }] }, []],
    [{ grants: [gcr, quay] }, { grants: [{ ...quay, teams: ['data', 'platform'] }, gcr] }, []],
    [
      { grants: [quay] },
      { grants: [{ ...quay, teams: ['data'], until }] },
      [`changed quay.io: until ${until} for team data instead of for teams platform, data`],
    ],
    [
      {
        hints: [
          { address: 'a', use: 'x' },
          { address: 'b', use: 'y' },
        ],
      },
      { hints: [{ address: 'b', use: 'z' }] },
      ['suggests z instead of b', 'no longer suggests anything instead of a'],
    ],
    [
      {},
      { requests: true, support: { text: 'Ask', url: 'https://a.example' } },
      ['turned requests on', 'changed the support contact to Ask, https://a.example'],
    ],
    [
      { requests: true, support: { text: 'Ask' } },
      { requests: false },
      ['turned requests off', 'removed the support contact'],
    ],
  ])('%j and then %j is listed as %j', (one, other, expected) => {
    expect(phrases({ ...before, ...one }, { ...before, ...other })).toEqual(expected);
  });

  it('tells a grant that had expired from one that was removed', () => {
    const [one, other] = [{ ...before, grants: [gcr] }, before];
    expect(diffSettings(one, other, Date.parse(until) - 1).changes).toMatchObject([{ kind: 'grant-removed' }]);
    expect(diffSettings(one, other, Date.parse(until)).changes).toMatchObject([{ kind: 'grant-over' }]);
  });

  it('counts the grants beyond the first 200 changes', () => {
    const grants = Array.from({ length: 300 }, (_, index) => ({ address: `r${index}.example`, until }));
    const { changes } = diffSettings(before, { ...before, grants });
    expect(changes).toHaveLength(201);
    expect(changes.at(-1)).toEqual({ kind: 'more', added: 0, removed: 0, renamed: 0, others: 100 });
    expect(changes.map(describeChange).at(-1)).toBe('and 100 more');
    expect(SettingsChanges.parse(JSON.parse(JSON.stringify(changes)))).toEqual(changes);
  });

  it('names a removed contact', () => {
    expect(phrases({ ...before, contact: 'x' }, before)).toEqual(['removed the contact']);
  });

  it('lists the first 200 changes and counts the rest', () => {
    const registries = Array.from({ length: 1000 }, (_, index) => ({ address: `r${index}.example` }));
    const { changes, counts } = diffSettings({ ...before, registries: [] }, { ...before, registries });
    expect(changes).toHaveLength(201);
    expect(changes.at(-1)).toEqual({ kind: 'more', added: 800, removed: 0, renamed: 0 });
    expect(counts).toEqual({ added: 1000, removed: 0, renamed: 0 });
  });

  const list: fc.Arbitrary<RegistryEntry[]> = fc.uniqueArray(
    fc.record(
      { address: fc.constantFrom(...'abcdefgh'), nickname: fc.constantFrom('x', 'y') },
      { requiredKeys: ['address'] },
    ),
    { selector: ({ address }) => address },
  );

  it('is enough to make one list of the other, up to order', () => {
    fc.assert(
      fc.property(list, list, (one, other) => {
        const { changes } = diffSettings({ ...before, registries: one }, { ...before, registries: other });
        const made = new Map(one.map(({ address, nickname }) => [address, nickname]));
        for (const change of changes) {
          if (change.kind === 'added') made.set(change.address, change.nickname);
          if (change.kind === 'removed') expect(made.delete(change.address)).toBe(true);
          if (change.kind === 'renamed') made.set(change.address, change.to ?? undefined);
        }
        expect(made).toEqual(new Map(other.map(({ address, nickname }) => [address, nickname])));
        expect(changes.length === 0).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });

  it('is read from a newer version without the kinds that only that one knows', () => {
    const known = { kind: 'added', address: 'ghcr.io' };
    expect(SettingsChanges.parse([{ kind: 'grant-added', until: 1 }, known, 'x'])).toEqual([known]);
  });
});
