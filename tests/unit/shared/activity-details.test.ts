import { describe, expect, it } from 'vitest';
import { type DetailCode, detailCatalogue, detailIn } from '../../../shared/activity/details.ts';
import { spokenLanguages } from '../../../shared/messages/languages.ts';
import { ActivityDetail } from '../../../shared/schemas/hub/activity.ts';

const details = (Object.keys(detailCatalogue) as DetailCode[]).map((code) => ({
  code,
  args: detailCatalogue[code].example,
}));

describe('what the activity says', () => {
  it.each(details)('$code: names each argument, in every language', (one) => {
    const parsed = ActivityDetail.parse(JSON.parse(JSON.stringify(one)));
    const phrases = spokenLanguages.map((language) => detailIn(language, parsed) ?? '');
    expect(new Set(phrases).size).toBe(spokenLanguages.length);
    for (const phrase of phrases) {
      expect(phrase).not.toMatch(/undefined|\[object|[.;]$/);
      for (const value of Object.values(one.args).flat()) {
        // Roles have names of their own in each language.
        if (!['owner', 'member', 'registry-manager'].includes(String(value))) expect(phrase).toContain(String(value));
      }
    }
  });

  it('speaks of one as of one', () => {
    const one = (code: string, args: object): string[] =>
      spokenLanguages.map((language) => detailIn(language, ActivityDetail.parse({ code, args })) ?? '');
    expect(one('silent-forgotten', { count: 1 })).toEqual([
      'forgot 1 machine that had been silent',
      '1 Rechner entfernt, der sich nicht mehr gemeldet hat',
    ]);
    expect(one('team-deleted', { team: 'ops', people: 1 })).toEqual([
      'deleted team ops with 1 person',
      'Team ops mit 1 Person gelöscht',
    ]);
    expect(one('request-allowed', { host: 'ghcr.io', people: 0, teams: [], until: '', others: [] })).toEqual([
      'allowed ghcr.io, asked for by nobody',
      'ghcr.io zugelassen, von niemandem angefragt',
    ]);
  });

  it.each([
    ['a code that it does not know', { code: 'moon-landed', args: {} }],
    ['a code of every object', { code: 'toString', args: {} }],
    ['an argument that is missing', { code: 'team-renamed', args: { team: 'ops' } }],
    ['an argument of another type', { code: 'person-added', args: { username: 'nina', role: 'member', teams: 'ops' } }],
  ])('leaves %s to whoever wrote it', (_name, one) => {
    for (const language of spokenLanguages) expect(detailIn(language, one)).toBeNull();
  });
});
