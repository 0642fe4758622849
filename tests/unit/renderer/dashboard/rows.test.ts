import { describe, expect, it } from 'vitest';
import { emptyDraft, withAdded, withRemoved } from '../../../../renderer/dashboard/stores/draft.ts';
import { arranged, rowsOf } from '../../../../renderer/dashboard/stores/rows.ts';

const REGISTRIES = [
  { address: 'docker.io' },
  { address: 'registry.example', nickname: 'Ämter' },
  { address: '*.azurecr.io', nickname: 'Zentrale' },
];
const rows = rowsOf(
  REGISTRIES,
  withRemoved(
    withAdded(emptyDraft(1), [{ address: 'quay.io', nickname: 'Quay' }], () => undefined),
    'docker.io',
    () => '',
  ),
);
const at: Record<string, string> = {
  'docker.io': '2026-01-01T00:00:00.000Z',
  'registry.example': '2026-03-01T00:00:00.000Z',
  '*.azurecr.io': '2026-02-01T00:00:00.000Z',
};
const origin = (address: string) => ({ by: null, at: at[address] ?? null });
const addresses = (query: string, by: 'name' | 'address' | 'added', descending = false) =>
  arranged(rows, query, { by, descending }, origin).map(({ address }) => address);

describe('the rows of the table', () => {
  it('keep what will be removed in sight, and put what was just added first', () => {
    expect(addresses('', 'address')).toEqual(['quay.io', '*.azurecr.io', 'docker.io', 'registry.example']);
    expect(rows.find(({ address }) => address === 'docker.io')?.edit).toBe('remove');
  });

  it('sort by the name that is shown, as people write it, and by time', () => {
    expect(addresses('', 'name')).toEqual(['quay.io', 'registry.example', 'docker.io', '*.azurecr.io']);
    expect(addresses('', 'added', true)).toEqual(['quay.io', 'registry.example', '*.azurecr.io', 'docker.io']);
  });

  it('are found by address, by nickname and by the name that everybody knows', () => {
    expect(addresses('AZURECR', 'name')).toEqual(['*.azurecr.io']);
    expect(addresses('ämter', 'name')).toEqual(['registry.example']);
    expect(addresses('docker hub', 'name')).toEqual(['docker.io']);
    expect(addresses('nothing', 'name')).toEqual([]);
  });
});
