import { describe, expect, it } from 'vitest';
import { parseMobileconfig } from '../../../main/managed-config/mobileconfig.ts';
import { stated } from './content-case.ts';

const DOCKER = 'com.docker.config';
const OURS = 'com.portcullis.config';
const orgs = (names: string) => `<key>allowedOrgs</key><string>${names}</string>`;
const hub = '<key>hub</key><string>https://hub.example</string>';
const payload = (type: string, inner: string) =>
  `<dict><key>PayloadType</key><string>${type}</string><key>PayloadUUID</key><string>1</string>${inner}</dict>`;
/** As macOS's own server and Jamf's custom settings write it. */
const wrapped = (domain: string, inner: string, how = 'Forced') =>
  payload(
    'com.apple.ManagedClient.preferences',
    `<key>PayloadContent</key><dict><key>${domain}</key><dict><key>${how}</key><array><dict>
      <key>mcx_preference_settings</key><dict>${inner}</dict></dict></array></dict></dict>`,
  );
const profile = (payloads: string[], top = '') =>
  Buffer.from(`<plist><dict>${top}<key>PayloadContent</key><array>${payloads.join('')}</array></dict></plist>`);
const read = (payloads: string[], top?: string) => {
  const { organizations, settings } = parseMobileconfig(profile(payloads, top));
  return { organizations: stated(organizations), settings: stated(settings) };
};
const codeOf = (payloads: string[], top?: string) => {
  const { organizations, settings } = parseMobileconfig(profile(payloads, top));
  return [...organizations.problems, ...settings.problems].map(({ code }) => code);
};

describe('settings wrapped by com.apple.ManagedClient.preferences', () => {
  it('are read where they are forced', () => {
    expect(read([wrapped(DOCKER, orgs('acme')), wrapped(OURS, hub)])).toMatchObject({
      organizations: { verdict: 'present', value: ['acme'] },
      settings: { verdict: 'present', value: { hub: 'https://hub.example' }, problems: [] },
    });
  });

  it('may stand for several domains in one payload', () => {
    const forced = (inner: string) =>
      `<dict><key>Forced</key><array><dict><key>mcx_preference_settings</key><dict>${inner}</dict></dict></array></dict>`;
    const content = `<key>PayloadContent</key><dict><key>${DOCKER}</key>${forced(orgs('acme'))}<key>${OURS}</key>${forced(hub)}</dict>`;
    expect(read([payload('com.apple.ManagedClient.preferences', content)])).toMatchObject({
      organizations: { value: ['acme'] },
      settings: { value: { hub: 'https://hub.example' } },
    });
  });

  it.each(['Set-Once', 'Often'])('are nothing that is enforced where they are given %s', (how) => {
    expect(codeOf([wrapped(DOCKER, orgs('acme'), how)])).toEqual(['payload-not-forced']);
    expect(codeOf([wrapped(DOCKER, '<key>other</key><true/>'), wrapped(DOCKER, orgs('acme'), how)])).toEqual([
      'payload-not-forced',
    ]);
    // Of what is forced as well, nothing is left to the user.
    expect(codeOf([wrapped(DOCKER, orgs('acme')), wrapped(DOCKER, orgs('globex'), how)])).toEqual([]);
  });

  it('have the faults of any other payload', () => {
    expect(codeOf([wrapped(DOCKER, '<key>allowedOrgs</key><array/>')])).toEqual(['allowed-orgs-not-a-string']);
    expect(codeOf([wrapped(DOCKER, orgs('acme globex'))])).toEqual(['organization-words']);
    expect(codeOf([wrapped(OURS, '<key>hub</key><true/>')])).toEqual(['setting-type']);
  });
});

describe('a profile with several payloads', () => {
  it('is judged by all of them: two of one domain are one dictionary', () => {
    const refresh = '<key>refreshMinutes</key><integer>30</integer>';
    expect(read([payload(OURS, hub), wrapped(OURS, refresh)]).settings.value).toEqual({
      hub: 'https://hub.example',
      refreshMinutes: 30,
    });
    expect(read([payload(DOCKER, '<key>x</key><true/>'), payload(DOCKER, orgs('acme'))]).organizations).toMatchObject({
      value: ['acme'],
    });
    expect(read([payload(DOCKER, orgs('acme')), wrapped(DOCKER, orgs('acme'))]).organizations).toMatchObject({
      value: ['acme'],
      problems: [],
    });
  });

  it('is malformed where the second one is, and where they differ', () => {
    expect(codeOf([payload(DOCKER, '<key>x</key><true/>'), payload(DOCKER, '<key>allowedorgs</key><true/>')])).toEqual([
      'allowed-orgs-spelling',
    ]);
    expect(codeOf([payload(DOCKER, orgs('acme')), payload(DOCKER, orgs('globex'))])).toEqual(['payload-conflict']);
    expect(codeOf([payload(DOCKER, orgs('acme')), wrapped(DOCKER, orgs('acme;globex'))])).toEqual(['payload-conflict']);
  });

  it('names the payloads that it has, where none or not the right one is read', () => {
    const { organizations } = parseMobileconfig(
      profile([payload('com.apple.wifi.managed', ''), wrapped('com.x', hub)]),
    );
    expect(organizations.problems[0]).toMatchObject({
      code: 'payload-missing',
      cause: 'it has com.apple.wifi.managed, com.x',
    });
    expect(codeOf([payload(OURS, hub), payload('com.docker.Config', orgs('acme'))])).toEqual(['payload-missing']);
  });

  it('is not read where it is for one user', () => {
    const scope = (name: string) => `<key>PayloadScope</key><string>${name}</string>`;
    expect(codeOf([payload(DOCKER, orgs('acme'))], scope('User'))).toEqual(['profile-for-user']);
    expect(codeOf([payload(DOCKER, orgs('acme'))], scope('System'))).toEqual([]);
  });

  it.each([
    ['DER', Buffer.from([0x30, 0x82, 0x01, 0x00])],
    ['PEM', Buffer.from('-----BEGIN PKCS7-----\nMIIB')],
  ])('is not read once it is signed: %s', (_what, bytes) => {
    expect(parseMobileconfig(bytes).organizations.problems[0]?.code).toBe('profile-signed');
  });
});
