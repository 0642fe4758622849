import { describe, expect, it } from 'vitest';
import { grantKey, isOver, withGrant, withoutTeam, withTeamRenamed } from '../../../../shared/lists/grants.ts';
import { SentExtras, SettingsExtras, SettingsGrant } from '../../../../shared/schemas/hub/grants.ts';

const until = '2026-12-04T18:00:00+01:00';

describe('a grant', () => {
  it('takes the place of the one for the same address and teams, whatever their order', () => {
    const platform = { address: 'gcr.io', teams: ['platform', 'data'] };
    const forAll = { address: 'gcr.io', until };
    const later = { address: 'gcr.io', teams: ['data', 'platform'], until };
    expect(withGrant([platform, forAll], later)).toEqual([later, forAll]);
    expect(withGrant([platform], forAll)).toEqual([platform, forAll]);
    expect(grantKey(platform)).not.toBe(grantKey({ address: 'gcr.io', teams: ['platform'] }));
  });

  it('is over at its time, wherever that was written', () => {
    const end = Date.UTC(2026, 11, 4, 17);
    expect(isOver({ until }, end - 1)).toBe(false);
    expect(isOver({ until }, end)).toBe(true);
    expect(isOver({}, end)).toBe(false);
  });

  it.each([
    ['neither a time nor teams', {}],
    ['no teams at all', { teams: [] }],
    ['a time without an offset', { until: '2026-12-04T18:00:00' }],
    ['a time that is no date', { until: '2026-13-04T18:00:00Z' }],
    ['a team with a space', { teams: ['a b'] }],
    ['a member nobody knows', { until, machines: ['m1'] }],
    ['a nickname of two lines', { until, nickname: 'a\nb' }],
  ])('is rejected with %s', (_what, more) => {
    expect(SettingsGrant.safeParse({ address: 'gcr.io', ...more }).success).toBe(false);
  });
});

describe('grants of a team', () => {
  const forAll = { address: 'gcr.io', until };
  const platform = { address: 'gcr.io', teams: ['platform'] };
  const both = { address: 'gcr.io', teams: ['platform', 'data'], until };

  it('follow its new name, and become one where they would be the same', () => {
    expect(withTeamRenamed([forAll, platform, both], 'platform', 'core')).toEqual([
      forAll,
      { address: 'gcr.io', teams: ['core'] },
      { address: 'gcr.io', teams: ['core', 'data'], until },
    ]);
    const core = { address: 'gcr.io', teams: ['core'], until };
    expect(withTeamRenamed([core, platform], 'platform', 'core')).toEqual([{ address: 'gcr.io', teams: ['core'] }]);
  });

  it('end with it, and never become grants for everybody', () => {
    expect(withoutTeam([forAll, platform, both], 'platform')).toEqual([
      forAll,
      { address: 'gcr.io', teams: ['data'], until },
    ]);
    expect(withoutTeam([{ ...platform, until }], 'platform')).toEqual([]);
  });
});

describe('what settings have beside the list', () => {
  it('keeps what a newer hub says about a grant, and sends nothing that this version does not know', () => {
    const grants = [{ address: 'gcr.io', until, machines: ['m1'] }];
    expect(SettingsExtras.parse({ grants })).toEqual({ grants });
    expect(SentExtras.safeParse({ grants }).success).toBe(false);
  });

  it.each([
    'http://help.acme.example',
    'javascript:alert(1)',
    'help',
    'https://',
    'https://a.example/\u202e',
    `https://a.example/${'a'.repeat(2048)}`,
  ])('has no support at %s', (url) => {
    expect(SentExtras.safeParse({ support: { url } }).success).toBe(false);
  });

  it('has hints of one line that is not empty', () => {
    const hint = (use: string) => SentExtras.safeParse({ hints: [{ address: 'gcr.io', use }] }).success;
    expect(hint('mirror.acme.example/gcr')).toBe(true);
    for (const use of ['', '   ', 'a\nb', 'a\u202eb', 'a'.repeat(201)]) expect(hint(use)).toBe(false);
  });
});
