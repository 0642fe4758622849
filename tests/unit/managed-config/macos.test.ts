import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseDesktopPlist } from '../../../main/managed-config/macos-plist.ts';
import { parseProfile } from '../../../main/managed-config/macos-profile.ts';
import { parseSettingsProfile } from '../../../main/managed-config/store-settings.ts';
import { bytesOf, expected, stated } from './content-case.ts';
import { desktopPlistCases, profileCases } from './macos.cases.ts';

const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url));

describe('desktop.plist', () => {
  it.each(desktopPlistCases.map((one) => [one.title, one] as const))('with %s', (_title, one) => {
    expect(stated(parseDesktopPlist(bytesOf(one)))).toEqual(expected(one));
  });

  it.each([
    ['desktop-plistlib.plist', { verdict: 'present', value: ['acme'] }],
    ['desktop-binary.plist', { verdict: 'present', value: ['acme', 'globex'], problems: ['several-organizations'] }],
    ['desktop-binary-utf16.plist', { verdict: 'present', value: ['gerät'] }],
    ['desktop-binary-string.plist', { verdict: 'malformed', problems: ['allowed-orgs-not-a-list'] }],
    ['desktop-binary-truncated.plist', { verdict: 'malformed', problems: ['plist-syntax'] }],
  ] as const)('reads what another implementation wrote: %s', async (name, { verdict, ...said }) => {
    const problems: string[] = [];
    expect(stated(parseDesktopPlist(await fixture(name)))).toEqual({ value: undefined, problems, verdict, ...said });
  });

  it('takes no damage from any cut or changed byte of a binary file', async () => {
    const whole = await fixture('desktop-binary.plist');
    for (let at = 0; at < whole.length; at += 1) {
      expect(['malformed', 'absent', 'present']).toContain(parseDesktopPlist(whole.subarray(0, at)).verdict);
      const changed = Buffer.from(whole);
      changed[at] = 0xff;
      expect(['malformed', 'absent', 'present']).toContain(parseDesktopPlist(changed).verdict);
    }
  });
});

describe('a configuration profile', () => {
  it.each(profileCases.map((one) => [one.title, one] as const))('with %s', (_title, one) => {
    expect(stated(parseProfile(bytesOf(one)))).toEqual(expected(one));
  });

  it('is read in its binary form, which is what macOS writes', async () => {
    expect(stated(parseProfile(await fixture('profile-binary.plist')))).toMatchObject({ value: ['acme', 'globex'] });
  });
});

describe('our own settings in a configuration profile', () => {
  const parsed = (inner: string) => stated(parseSettingsProfile(Buffer.from(`<plist><dict>${inner}</dict></plist>`)));
  const jwk = { kid: 'k', kty: 'OKP', crv: 'Ed25519', x: 'AAAA', organizations: ['acme'] };

  it('have the types of a property list', () => {
    expect(
      parsed(
        '<key>hub</key><string>https://hub.example</string><key>refreshMinutes</key><integer>30</integer><key>startAtLogin</key><true/>',
      ),
    ).toEqual({
      verdict: 'present',
      value: { hub: 'https://hub.example', refreshMinutes: 30, startAtLogin: true },
      problems: [],
    });
  });

  it('take the keys as a structure or as text', () => {
    const asText = `<key>policyKeys</key><string>${JSON.stringify({ keys: [jwk] })}</string>`;
    const asDict =
      '<key>policyKeys</key><dict><key>keys</key><array><dict><key>kid</key><string>k</string><key>kty</key><string>OKP</string><key>crv</key><string>Ed25519</string><key>x</key><string>AAAA</string><key>organizations</key><array><string>acme</string></array></dict></array></dict>';
    for (const inner of [asText, asDict]) {
      expect(parsed(inner)).toEqual({ verdict: 'present', value: { policyKeys: { keys: [jwk] } }, problems: [] });
    }
  });

  it('say nothing where there are none', () => {
    expect(parsed('')).toMatchObject({ verdict: 'absent' });
  });

  it.each([
    ['<key>hub</key><date>2026-11-21T00:00:00Z</date>', 'setting-type'],
    ['<key>policyKeys</key><string>{</string>', 'setting-not-json'],
    ['<key>refreshMinutes</key><true/>', 'setting-type'],
  ])('are malformed as a whole where one is: %s', (inner, code) => {
    expect(parsed(inner)).toMatchObject({ verdict: 'malformed', problems: [code] });
  });
});
