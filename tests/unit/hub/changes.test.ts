import { describe, expect, it } from 'vitest';
import { describeChanges } from '../../../main/hub/registry-access/changes.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';

const before: RegistryAccessSettings = {
  enabled: true,
  mode: 'enforce',
  registries: [{ address: 'docker.io', nickname: 'Docker Hub' }, { address: 'quay.io' }],
};

describe('what changed between two settings', () => {
  it.each<[Partial<RegistryAccessSettings>, string[]]>([
    [{}, []],
    [{ enabled: false }, ['switched restrictions off']],
    [{ mode: 'audit' }, ['switched to audit']],
    [{ contact: '#registries' }, ['changed the contact to #registries']],
    [{ registries: [...before.registries, { address: 'ghcr.io', nickname: 'GitHub' }] }, ['added ghcr.io (GitHub)']],
    [{ registries: before.registries.slice(1) }, ['removed docker.io (Docker Hub)']],
    [
      { registries: [{ address: 'docker.io' }, { address: 'quay.io', nickname: 'Red Hat' }] },
      ['renamed docker.io (Docker Hub) to no nickname', 'renamed quay.io to Red Hat'],
    ],
    [{ registries: before.registries.toReversed() }, ['changed the order of the list']],
  ])('%j is told as %j', (change, told) => {
    expect(describeChanges(before, { ...before, ...change })).toEqual(told);
  });

  it('tells a removed contact', () => {
    expect(describeChanges({ ...before, contact: 'x' }, before)).toEqual(['removed the contact']);
  });

  it('counts what would be too long to read', () => {
    const registries = Array.from({ length: 1000 }, (_, index) => ({ address: `r${index}.example` }));
    const told = describeChanges({ ...before, registries: [] }, { ...before, registries });
    expect(told).toHaveLength(201);
    expect(told.at(-1)).toBe('and 800 more');
  });
});
