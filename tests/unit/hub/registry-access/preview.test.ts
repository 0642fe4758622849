import { describe, expect, it } from 'vitest';
import { changedHosts, previewSettings } from '../../../../main/hub/registry-access/preview.ts';

const listOf = (...addresses: string[]) => addresses.map((address) => ({ address }));
const changed = (before: string[], after: string[]) => {
  const { addedHosts, removedHosts } = changedHosts(listOf(...before), listOf(...after));
  return { added: addedHosts.hosts, removed: removedHosts.hosts };
};

describe('the hosts that a change of the list allows and takes away', () => {
  it('include what the catalogue brings with a registry', () => {
    expect(changed([], ['ghcr.io']).added).toEqual(['ghcr.io', 'pkg-containers.githubusercontent.com']);
    expect(changed(['ghcr.io'], []).removed).toEqual(['ghcr.io', 'pkg-containers.githubusercontent.com']);
  });

  it('leave out what another line allows too', () => {
    expect(changed(['*.corp.example', 'a.corp.example'], ['*.corp.example'])).toEqual({ added: [], removed: [] });
    expect(changed(['ghcr.io', 'lscr.io'], ['ghcr.io']).removed).not.toContain('pkg-containers.githubusercontent.com');
  });

  it('tell a port from another', () => {
    expect(changed(['a.example:5000'], ['a.example'])).toEqual({ added: ['a.example'], removed: ['a.example:5000'] });
  });

  it('name a pattern as such', () => {
    expect(changed(['a.corp.example'], ['*.corp.example'])).toEqual({ added: ['*.corp.example'], removed: [] });
  });

  it('are counted beyond a thousand', () => {
    const many = Array.from({ length: 1500 }, (_, index) => `r${index}.example`);
    expect(changedHosts([], listOf(...many)).addedHosts).toMatchObject({ more: 500 });
  });
});

it('a preview names what it is compared with, and rejects what saving would reject', () => {
  const current = {
    revision: 7,
    enabled: true,
    mode: 'enforce' as const,
    registries: Buffer.from('[{"address":"docker.io"}]'),
    additions: [],
    claims: null,
  };
  const preview = (registries: unknown) =>
    previewSettings({
      body: Buffer.from(JSON.stringify({ enabled: true, mode: 'audit', registries })),
      current,
      teams: [],
      now: 0,
    });
  expect(preview([{ address: 'docker.io' }])).toMatchObject({
    outcome: 'previewed',
    preview: { revision: 7, changes: [{ kind: 'mode', from: 'enforce', to: 'audit' }] },
    newly: null,
  });
  expect(preview([{ address: '*' }])).toMatchObject({ outcome: 'invalid' });
});
