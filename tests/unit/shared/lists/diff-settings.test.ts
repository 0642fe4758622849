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
