import { describe, expect, it } from 'vitest';
import { describeChanges } from '../../../../main/hub/registry-access/changes.ts';
import type { RegistryAccessSettings } from '../../../../shared/schemas/hub-schema.ts';

const before: RegistryAccessSettings = {
  enabled: true,
  mode: 'enforce',
  registries: [{ address: 'docker.io', nickname: 'Docker Hub' }, { address: 'quay.io' }],
};

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
    expect(describeChanges(before, { ...before, ...change })).toEqual(expected);
  });

  it('names a removed contact', () => {
    expect(describeChanges({ ...before, contact: 'x' }, before)).toEqual(['removed the contact']);
  });

  it('lists the first 200 changes and counts the rest', () => {
    const registries = Array.from({ length: 1000 }, (_, index) => ({ address: `r${index}.example` }));
    const changes = describeChanges({ ...before, registries: [] }, { ...before, registries });
    expect(changes).toHaveLength(201);
    expect(changes.at(-1)).toBe('and 800 more');
  });
});
