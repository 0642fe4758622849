import type { ContentCase } from './content-case.ts';

const xml = (inner: string) => `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
${inner}
</plist>
`;
const short = (inner: string) => ({ shown: inner.replaceAll(/\n\s*/g, ''), content: xml(inner) });

export const desktopPlistCases: ContentCase[] = [
  {
    title: 'an array',
    ...short('<dict>\n  <key>allowedOrgs</key>\n  <array>\n    <string>acme</string>\n  </array>\n</dict>'),
    verdict: 'present',
    value: ['acme'],
  },
  {
    title: 'a comment in it',
    ...short('<dict><!-- ours --><key>allowedOrgs</key><array><string>acme</string></array></dict>'),
    verdict: 'present',
    value: ['acme'],
  },
  {
    title: 'other settings only',
    ...short('<dict><key>other</key><true/></dict>'),
    verdict: 'absent',
  },
  { title: 'an empty dictionary', ...short('<dict/>'), verdict: 'absent' },
  {
    title: 'a string, as in a profile',
    ...short('<dict>\n<key>allowedOrgs</key>\n<string>acme;globex</string></dict>'),
    verdict: 'malformed',
    problems: ['allowed-orgs-not-a-list@6:1'],
  },
  {
    title: 'an empty array',
    ...short('<dict><key>allowedOrgs</key><array/></dict>'),
    verdict: 'malformed',
    problems: ['allowed-orgs-empty@4:29'],
  },
  {
    title: 'a number in the array',
    ...short('<dict><key>allowedOrgs</key><array><integer>1</integer></array></dict>'),
    verdict: 'malformed',
    problems: ['organization-not-a-string@4:36'],
  },
  {
    title: 'white space around a name',
    ...short('<dict><key>allowedOrgs</key><array><string> acme</string></array></dict>'),
    verdict: 'malformed',
    problems: ['organization-white-space@4:36'],
  },
  {
    title: 'the key in lower case',
    ...short('<dict><key>allowedorgs</key><array><string>acme</string></array></dict>'),
    verdict: 'malformed',
    problems: ['allowed-orgs-spelling@4:7'],
  },
  {
    title: 'the key twice',
    ...short(
      '<dict><key>allowedOrgs</key><array><string>acme</string></array><key>allowedOrgs</key><array><string>globex</string></array></dict>',
    ),
    verdict: 'malformed',
    problems: ['key-twice@4:65'],
  },
  {
    title: 'a key without a value',
    ...short('<dict><key>allowedOrgs</key></dict>'),
    verdict: 'malformed',
    problems: ['plist-syntax@4:7'],
  },
  {
    title: 'the array without its dictionary',
    ...short('<array><string>acme</string></array>'),
    verdict: 'malformed',
    problems: ['plist-not-a-dict@4:1'],
  },
  {
    title: 'a tag that is not closed',
    ...short('<dict><key>allowedOrgs</key><array><string>acme</array></dict>'),
    verdict: 'malformed',
    problems: ['plist-syntax@4:44'],
  },
  {
    title: 'an entity of its own',
    shown: '<!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]> … &x; …',
    content:
      '<!DOCTYPE plist [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<plist><dict><key>allowedOrgs</key><array><string>&x;</string></array></dict></plist>',
    verdict: 'malformed',
    problems: ['plist-syntax@2:43'],
  },
  {
    title: 'JSON in it',
    content: '{"allowedOrgs":["acme"]}',
    verdict: 'malformed',
    problems: ['plist-syntax'],
  },
  { title: 'an empty file', shown: '(empty)', content: '', verdict: 'malformed', problems: ['empty-file@1:1'] },
  {
    title: 'deep nesting',
    shown: '<array><array>… (1,000)',
    content: xml(`<dict><key>x</key>${'<array>'.repeat(1000)}${'</array>'.repeat(1000)}</dict>`),
    verdict: 'malformed',
    problems: ['plist-too-deep@4:236'],
  },
];

const profile = (value: string) => short(`<dict><key>allowedOrgs</key>${value}</dict>`);

export const profileCases: ContentCase[] = [
  { title: 'one organization', ...profile('<string>acme</string>'), verdict: 'present', value: ['acme'] },
  {
    title: 'several, separated by semicolons',
    ...profile('<string>acme;globex</string>'),
    verdict: 'present',
    value: ['acme', 'globex'],
    problems: ['several-organizations@4:29'],
  },
  { title: 'a semicolon at the end', ...profile('<string>acme;</string>'), verdict: 'present', value: ['acme'] },
  {
    title: 'an array, which Docker Desktop ignores',
    ...profile('<array><string>acme</string></array>'),
    verdict: 'malformed',
    problems: ['allowed-orgs-not-a-string@4:29'],
  },
  { title: 'an empty string', ...profile('<string/>'), verdict: 'malformed', problems: ['allowed-orgs-empty@4:29'] },
  {
    title: 'white space after a semicolon',
    ...profile('<string>acme; globex</string>'),
    verdict: 'malformed',
    problems: ['organization-white-space@4:29'],
  },
  {
    title: 'commas instead of semicolons',
    ...profile('<string>acme,globex</string>'),
    verdict: 'malformed',
    problems: ['organization-comma@4:29'],
  },
  {
    title: 'two semicolons in a row',
    ...profile('<string>acme;;globex</string>'),
    verdict: 'malformed',
    problems: ['organization-empty@4:29'],
  },
  { title: 'other settings only', ...short('<dict><key>other</key><true/></dict>'), verdict: 'absent' },
];
