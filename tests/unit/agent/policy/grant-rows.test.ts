import { expect, it } from 'vitest';
import { grantRows } from '../../../../main/agent/policy/grant-rows.ts';

const NOW = 1_800_000_000_000;
const at = (seconds: number): number => NOW / 1000 + seconds;

it('lists what counts here first, and of it what ends first, without what has ended', () => {
  const rows = grantRows(
    [
      { address: 'a.example', teams: ['design'] },
      { address: 'b.example', teams: ['sre', 'design'] },
      { address: 'ghcr.io', nickname: 'Mirrors', until: at(60) },
      { address: 'd.example', until: at(0) },
      { address: 'gcr.io', teams: ['sre'], until: at(30) },
      { address: '*', until: at(10) },
    ],
    ['sre'],
    NOW,
  );
  expect(rows.map(({ address, counts, until }) => [address, counts, until])).toEqual([
    ['gcr.io', true, NOW + 30_000],
    ['ghcr.io', true, NOW + 60_000],
    ['b.example', true, null],
    ['*', false, NOW + 10_000],
    ['a.example', false, null],
  ]);
  expect(rows[1]).toMatchObject({
    nickname: 'Mirrors',
    known: 'GitHub Container Registry',
    teams: null,
    problem: null,
  });
  expect(rows[3]?.problem?.code).toBe('address-everything');
});
