import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../main/managed-config/evaluate.ts';
import type { Reading } from '../../../main/managed-config/source.ts';
import type { PortcullisSettings, Verdict } from '../../../shared/schemas/managed-config.ts';

function organizations(file: string, verdict: Verdict, ...allowedOrgs: string[]): Reading {
  const problems =
    verdict === 'present' || verdict === 'absent' ? [] : [{ code: 'flaw', message: `${file} is bad.`, line: 2 }];
  return { source: { file, kind: 'registry-json', verdict, allowedOrgs, problems }, settings: {}, failure: null };
}
function settings(file: string, verdict: Verdict, value: PortcullisSettings = {}): Reading {
  const reading = organizations(file, verdict);
  return { ...reading, source: { ...reading.source, kind: 'portcullis-json' }, settings: value };
}
const hub = { hub: 'https://hub.example' };

describe('all sources judged together', () => {
  it('is absent only where every source is', () => {
    expect(
      evaluate([organizations('/a', 'absent'), organizations('/b', 'absent')], [settings('/s', 'absent')], false),
    ).toEqual({
      verdict: 'absent',
      allowedOrgs: [],
      source: null,
      problems: [],
      overridden: [],
      settings: {},
      settingsSource: null,
      trial: false,
    });
  });

  it('lets the first source that says anything win, and names what it overrode', () => {
    const config = evaluate(
      [organizations('/a', 'absent'), organizations('/b', 'present', 'acme'), organizations('/c', 'present', 'globex')],
      [],
      false,
    );
    expect(config).toMatchObject({ verdict: 'present', allowedOrgs: ['acme'], source: '/b' });
    expect(config.overridden).toMatchObject([{ file: '/c', allowedOrgs: ['globex'] }]);
  });

  it.each<Verdict>(['malformed', 'unreadable'])('does not look past a first source that is %s', (verdict) => {
    const config = evaluate([organizations('/a', verdict), organizations('/b', 'present', 'acme')], [], false);
    expect(config).toMatchObject({ verdict, allowedOrgs: [], source: '/a', problems: [{ file: '/a', line: 2 }] });
    expect(config.overridden).toMatchObject([{ file: '/b' }]);
  });

  it.each<Verdict>(['malformed', 'unreadable'])('is %s as a whole where our own settings are', (verdict) => {
    for (const first of [organizations('/a', 'absent'), organizations('/a', 'present', 'acme')]) {
      const config = evaluate([first], [settings('/s', verdict, hub)], false);
      expect(config).toMatchObject({ verdict, allowedOrgs: [], source: '/s', settings: {}, settingsSource: null });
      expect(config.problems[0]).toMatchObject({ file: '/s', code: 'flaw' });
    }
  });

  it('names the source of organizations first where both are at fault', () => {
    const config = evaluate([organizations('/a', 'malformed')], [settings('/s', 'unreadable')], false);
    expect(config).toMatchObject({ verdict: 'malformed', source: '/a' });
    expect(config.problems.map(({ file }) => file)).toEqual(['/a', '/s']);
  });

  it('takes our settings from the first place that has any, without mixing in others', () => {
    const config = evaluate(
      [],
      [settings('/s', 'absent'), settings('/t', 'present', hub), settings('/u', 'present', { clientId: 'other' })],
      true,
    );
    expect(config).toMatchObject({ verdict: 'absent', settings: hub, settingsSource: '/t', trial: true });
    expect(config.settings).not.toHaveProperty('clientId');
    expect(config.overridden).toMatchObject([{ file: '/u' }]);
  });

  it('keeps our settings known where the organizations are at fault', () => {
    const config = evaluate([organizations('/a', 'malformed')], [settings('/s', 'present', hub)], false);
    expect(config).toMatchObject({ verdict: 'malformed', settings: hub, settingsSource: '/s' });
  });
});
