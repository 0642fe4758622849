import fc from 'fast-check';
import { parse } from 'fast-plist';
import { describe, expect, it } from 'vitest';
import { parserFor } from '../../../main/managed-config/check.ts';
import { type DeploymentFormat, deploymentFile, deploymentFormats } from '../../../main/managed-config/deployment.ts';
import { parseIntuneProfile } from '../../../main/managed-config/intune-profile.ts';
import { parseMobileconfig } from '../../../main/managed-config/mobileconfig.ts';
import { parsePortcullisJson } from '../../../main/managed-config/portcullis-json.ts';
import { parseRegFile } from '../../../main/managed-config/reg-file.ts';
import { settingValues } from '../../support/arbitrary-settings.ts';

const hub = 'https://portcullis.example.com';
const policyKeys = {
  keys: [
    {
      kid: 'a "quoted" \\ kid',
      kty: 'OKP' as const,
      crv: 'Ed25519' as const,
      x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
      organizations: ['acme'],
    },
  ],
};
const settings = { hub, policyKeys };
const make = (
  format: DeploymentFormat,
  organizations = ['acme', 'globex'],
  pinned: typeof policyKeys | null = policyKeys,
) => deploymentFile(format, { organizations, hub, policyKeys: pinned }, () => '00000000-0000-4000-8000-000000000000');
const withOrganizations = deploymentFormats.filter((format) => format !== 'portcullis-json');

describe('a file to roll out', () => {
  it.each(withOrganizations)('is read back by the reader of its place: %s', (format) => {
    const { name, content } = make(format);
    expect(parserFor(name)(content)).toMatchObject({
      verdict: 'present',
      value: { organizations: ['acme', 'globex'] },
    });
  });

  it('holds the server and the pinned keys where it can', () => {
    expect(parsePortcullisJson(make('portcullis-json').content)).toMatchObject({ verdict: 'present', value: settings });
    expect(parseMobileconfig(make('mobileconfig').content).settings).toMatchObject({
      verdict: 'present',
      value: settings,
    });
    expect(parseRegFile(make('reg').content).settings).toMatchObject({ verdict: 'present', value: settings });
    expect(parseIntuneProfile(make('intune').content).settings).toMatchObject({ verdict: 'present', value: settings });
    expect(deploymentFormats.filter((format) => make(format).holdsSettings)).toEqual([
      'portcullis-json',
      'mobileconfig',
      'reg',
      'intune',
    ]);
  });

  it('is what another reader of property lists takes it for', () => {
    expect(parse(make('plist').content.toString())).toEqual({ allowedOrgs: ['acme', 'globex'] });
    expect(parse(make('mobileconfig').content.toString())).toMatchObject({
      PayloadType: 'Configuration',
      PayloadScope: 'System',
      PayloadContent: [
        { PayloadType: 'com.docker.config', allowedOrgs: 'acme;globex' },
        { PayloadType: 'com.portcullis.config', ...settings },
      ],
    });
  });

  it('is UTF-16 with CR LF for the registry, as the Registry Editor writes it', () => {
    const { content } = make('reg');
    expect([...content.subarray(0, 2)]).toEqual([0xff, 0xfe]);
    const text = content.toString('utf16le');
    expect(text.split('\r\n')).toContain('[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker\\Docker Desktop]');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    // acme NUL globex NUL NUL, little-endian.
    expect(text).toContain(
      '"allowedOrgs"=hex(7):61,00,63,00,6d,00,65,00,00,00,67,00,6c,00,6f,00,62,00,65,00,78,00,00,00,00,00\r\n',
    );
  });

  it('comes back as it went, whatever the names, or is not made', () => {
    const ascii = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 });
    const name = fc.oneof(ascii, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }));
    const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(names, fc.constantFrom(...withOrganizations), (names, format) => {
        let file: ReturnType<typeof make>;
        try {
          file = make(format, names);
        } catch (error) {
          expect(error).toMatchObject({
            problem: { code: expect.stringMatching(/^organization-(invalid|not-in-format)$/) },
          });
          return;
        }
        expect(parserFor(file.name)(file.content)).toMatchObject({
          verdict: 'present',
          value: { organizations: names },
        });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['reg', 'a b', 'organization-invalid'],
    ['registry-json', 'acme,globex', 'organization-invalid'],
    ['plist', '', 'organization-invalid'],
    ['mobileconfig', 'acme;globex', 'organization-not-in-format'],
    ['reg', 'ger\u00e4t', 'organization-not-in-format'],
    ['reg', 'acme?', 'organization-not-in-format'],
    ['plist', 'acme\ufffd', 'organization-not-in-format'],
    ['mobileconfig', 'acme\ufffe', 'organization-not-in-format'],
    ['reg', 'acme\\0globex', 'organization-not-in-format'],
  ] as const)('is not made with a name that would not match: %s %j', (format, name, code) => {
    expect(() => make(format, [name])).toThrow(expect.objectContaining({ problem: expect.objectContaining({ code }) }));
  });

  it.each([
    [{ hub: 'portcullis.example.com' }, 'setting-not-a-url'],
    [{ hub, issuer: 'ftp://id.example' }, 'setting-not-a-url'],
    [{ hub, supportContact: ' ' }, 'setting-empty'],
    [{ hub, supportContact: 'x'.repeat(121) }, 'setting-too-long'],
    [{ hub, clientId: '' }, 'setting-empty'],
    [{ hub, policyKeys: { keys: [] } }, 'setting-empty'],
  ])('is not made with a setting that every machine would reject: %j', (changed, code) => {
    for (const format of deploymentFormats) {
      const deployment = { organizations: ['acme'], policyKeys: null, ...changed };
      expect(() => deploymentFile(format, deployment, () => '')).toThrow(
        expect.objectContaining({ problem: expect.objectContaining({ code }) }),
      );
    }
  });

  it('is not made with a setting that would not come back from a registry', () => {
    const deployment = { organizations: ['acme'], hub, policyKeys, supportContact: 'Jürgen' };
    for (const format of deploymentFormats) {
      const build = () => deploymentFile(format, deployment, () => '');
      if (format !== 'reg' && format !== 'intune') expect(build).not.toThrow();
      else
        expect(build).toThrow(
          expect.objectContaining({ problem: expect.objectContaining({ code: 'setting-not-in-format' }) }),
        );
    }
  });

  it('holds keys with any letter in a registry, and too many of them not in Intune', () => {
    const [key] = policyKeys.keys;
    if (key === undefined) throw new Error('no key');
    const foreign = { keys: [{ ...key, kid: 'sch\u00fcssel \ud83d\udd11' }] };
    const { content } = make('reg', ['acme'], foreign);
    expect(parseRegFile(content).settings).toMatchObject({ verdict: 'present', value: { policyKeys: foreign } });
    const many = { keys: Array.from({ length: 12 }, (_, index) => ({ ...key, kid: `key ${index}` })) };
    expect(() => make('intune', ['acme'], many)).toThrow(
      expect.objectContaining({ problem: expect.objectContaining({ code: 'setting-not-in-format' }) }),
    );
  });

  it('holds every setting in every format as it was given, or is not made', () => {
    const given = fc.record({ ...settingValues, locked: fc.constant<string[]>([]) }, { requiredKeys: [] });
    let written = 0;
    fc.assert(
      fc.property(given, fc.constantFrom('portcullis-json', 'mobileconfig', 'reg', 'intune'), (settings, format) => {
        fc.pre(Object.keys(settings).length > 0);
        const { hub = null, policyKeys = null, ...others } = settings;
        const build = () =>
          deploymentFile(format, { organizations: ['acme'], hub, policyKeys, ...others }, () => 'uuid');
        const isRegistry = format === 'reg' || format === 'intune';
        if (isRegistry && settings.locked !== undefined) {
          expect(build).toThrow('cannot be written');
          return;
        }
        // Some are longer than Intune takes; nothing else is refused.
        if (format === 'intune' && Object.values(settings).some((value) => JSON.stringify(value).length > 800)) return;
        const { name, content } = build();
        const read = parserFor(name)(content);
        expect(read).toMatchObject({ verdict: 'present', problems: [], value: { settings } });
        written += 1;
      }),
      { numRuns: 300 },
    );
    expect(written).toBeGreaterThan(100);
  });

  it('holds no fraction in a registry', () => {
    const deployment = { organizations: ['acme'], hub, policyKeys, refreshMinutes: 1.5 };
    const refused = { problem: expect.objectContaining({ code: 'setting-not-in-format' }) };
    expect(() => deploymentFile('reg', deployment, () => '')).toThrow(expect.objectContaining(refused));
    const { content } = deploymentFile('mobileconfig', deployment, () => '');
    expect(parseMobileconfig(content).settings).toMatchObject({ value: { refreshMinutes: 1.5 } });
  });

  it('names each organization once', () => {
    expect(make('registry-json', ['acme', 'globex', 'acme']).content.toString()).toBe(
      '{"allowedOrgs":["acme","globex"]}\n',
    );
  });

  it('is not made without anything to say', () => {
    expect(() =>
      deploymentFile('portcullis-json', { organizations: ['acme'], hub: null, policyKeys: null }, () => ''),
    ).toThrow(expect.objectContaining({ problem: expect.objectContaining({ code: 'settings-missing' }) }));
  });
});

describe('a registry file', () => {
  const judge = (...lines: string[]) =>
    parseRegFile(Buffer.from(['Windows Registry Editor Version 5.00', '', ...lines, ''].join('\r\n')));
  const key = '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker\\Docker Desktop]';

  it('may continue a value over lines, in any case, among comments and deletions', () => {
    const { organizations } = judge(
      '; ours',
      '[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Other]',
      key.toUpperCase(),
      '"old"=-',
      '@="x"',
      '"AllowedOrgs"=hex(7):61,00,63,00,6D,00,\\',
      '  65,00,00,00,00,00',
    );
    expect(organizations).toMatchObject({ verdict: 'present', value: ['acme'] });
  });

  it.each([
    ['a single text', ['"allowedOrgs"="acme"'], 'registry-type'],
    ['nothing in it', ['"allowedOrgs"=hex(7):00,00'], 'allowed-orgs-empty'],
    ['the value twice', ['"allowedOrgs"="a"', '"ALLOWEDORGS"="b"'], 'reg-syntax'],
    ['half a line', ['"allowedOrgs"'], 'reg-syntax'],
    ['data of no kind', ['"allowedOrgs"=acme'], 'reg-syntax'],
  ])('is malformed with %s', (_what, lines, code) => {
    expect(judge(key, ...lines).organizations).toMatchObject({ verdict: 'malformed', problems: [{ code }] });
  });

  it('is malformed without our keys, and in another version or code page', () => {
    const other = judge('[HKEY_LOCAL_MACHINE\\SOFTWARE\\Other]', '"x"=dword:00000001').organizations;
    expect(other).toMatchObject({ verdict: 'malformed', problems: [{ code: 'reg-key-missing' }] });
    expect(parseRegFile(Buffer.from('REGEDIT5\r\n')).organizations).toMatchObject({ problems: [{ line: 1 }] });
    expect(parseRegFile(Buffer.from('\xe4', 'latin1')).organizations).toMatchObject({
      problems: [{ code: 'reg-syntax' }],
    });
  });
});

describe('a configuration profile that is to be deployed', () => {
  it.each([
    ['it is signed', Buffer.from([0x30, 0x82, 0x01]), 'profile-signed'],
    ['it has no payloads', Buffer.from('<plist><dict/></plist>'), 'payload-missing'],
    [
      'it has none of ours',
      Buffer.from('<plist><dict><key>PayloadContent</key><array/></dict></plist>'),
      'payload-missing',
    ],
  ])('is malformed where %s', (_why, bytes, code) => {
    expect(parseMobileconfig(bytes).organizations).toMatchObject({ verdict: 'malformed', problems: [{ code }] });
  });
});
