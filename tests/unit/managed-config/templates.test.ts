import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse as parsePlist } from 'fast-plist';
import { build } from 'plist';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TEMPLATES, templateFiles } from '../../../build/templates/template-files.ts';
import { parseProfile } from '../../../main/managed-config/macos-profile.ts';
import { parseQuery } from '../../../main/managed-config/reg-query.ts';
import { parseSettingsProfile } from '../../../main/managed-config/store-settings.ts';
import {
  DOCKER_KEY,
  PORTCULLIS_KEY,
  parseDockerKey,
  parsePortcullisKey,
} from '../../../main/managed-config/windows-registry.ts';
import { PortcullisSettings } from '../../../shared/schemas/managed-config.ts';
import { organizationNames, settingValues } from '../../support/arbitrary-settings.ts';
import { descendants, elements, listing, only, parseXml, policiesOf, written } from '../../support/group-policy.ts';

const read = (name: string): string => readFileSync(join(TEMPLATES, name), 'utf8');
const names = Object.keys(PortcullisSettings.shape) as (keyof PortcullisSettings)[];
const NAMESPACE = 'http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions';

/** One setting and a valid value, so that a template's fault is shown by its name. */
const oneSetting = fc
  .constantFrom(...names)
  .chain((name) => fc.record({ name: fc.constant(name), value: settingValues[name] as fc.Arbitrary<unknown> }));

describe('the templates', () => {
  it('are the ones that the schema of the settings gives: npm run docs', () => {
    const kept = globSync('**/*.*', { cwd: TEMPLATES }).sort();
    const generated = templateFiles();
    expect(kept).toEqual([...generated.keys()].sort());
    for (const [name, content] of generated) expect(read(name), name).toBe(content);
  });
});

describe('the administrative template of Windows', () => {
  const admx = parseXml(read('windows/Portcullis.admx'));
  const languages = ['en-US', 'de-DE'].map((language) => ({
    language,
    adml: parseXml(read(`windows/${language}/Portcullis.adml`)),
  }));
  const policies = policiesOf(admx);

  it('has a namespace of its own and nothing that the import of Intune rejects', () => {
    expect(admx.namespaceURI).toBe(NAMESPACE);
    const [target, ...others] = elements(only(admx, 'policyNamespaces'));
    expect([target?.nodeName, others]).toEqual(['target', []]);
    expect(target?.getAttribute('namespace')).not.toMatch(/microsoft/i);
    const tags = new Set(descendants(admx).map(({ nodeName }) => nodeName));
    for (const tag of ['using', 'comboBox', 'list', 'longDecimal']) expect(tags).not.toContain(tag);
    // Keys into which Intune ingests nothing (Policy CSP).
    for (const policy of policies.values())
      expect(policy.getAttribute('key')).toMatch(/^SOFTWARE\\Policies\\(Docker|Portcullis)(\\|$)/);
  });

  it.each(languages)('finds every text in $language, and no text is left over', ({ adml }) => {
    expect(adml.namespaceURI).toBe(NAMESPACE);
    const resources = only(adml, 'resources');
    const strings = elements(only(resources, 'stringTable')).map((string) => string.getAttribute('id'));
    const presentations = elements(only(resources, 'presentationTable')).map((shown) => shown.getAttribute('id'));
    const used = (kind: string) =>
      [...read('windows/Portcullis.admx').matchAll(new RegExp(`\\$\\(${kind}\\.([^)]*)\\)`, 'g'))].map(([, id]) => id);
    expect(new Set(strings).size).toBe(strings.length);
    expect([...new Set(used('string'))].sort()).toEqual([...strings].sort());
    expect([...used('presentation')].sort()).toEqual([...presentations].sort());
    for (const string of elements(only(resources, 'stringTable'))) expect(string.textContent?.trim()).not.toBe('');
  });

  it.each(languages)('shows each value by a control of its kind, in $language', ({ adml }) => {
    const CONTROLS: Record<string, string> = {
      text: 'textBox',
      decimal: 'decimalTextBox',
      multiText: 'multiTextBox',
      enum: 'dropdownList',
    };
    const shown = new Map(
      elements(only(only(adml, 'resources'), 'presentationTable')).map((one) => [
        one.getAttribute('id'),
        elements(one),
      ]),
    );
    for (const [name, policy] of policies) {
      const values = elements(policy, 'elements').flatMap((group) => elements(group));
      if (values.length === 0) {
        expect([name, policy.hasAttribute('presentation')]).toEqual([name, false]);
        continue;
      }
      const id = policy.getAttribute('presentation')?.replace(/^\$\(presentation\.(.*)\)$/, '$1') ?? '';
      const controls = shown.get(id) ?? [];
      expect(controls.map((control) => [control.getAttribute('refId'), control.nodeName])).toEqual(
        values.map((value) => [value.getAttribute('id'), CONTROLS[value.nodeName]]),
      );
    }
  });

  it('orders the parts of a policy as its schema demands', () => {
    for (const policy of policies.values()) {
      expect(
        elements(policy)
          .map(({ nodeName }) => nodeName)
          .join(' '),
      ).toMatch(/^parentCategory supportedOn (elements|enabledValue disabledValue)$/);
    }
  });

  it('sets each setting such that the reader of the registry gets the same value', () => {
    expect([...policies.keys()].sort()).toEqual(['allowedOrgs', ...names].sort());
    fc.assert(
      fc.property(oneSetting, ({ name, value }) => {
        const policy = policies.get(name);
        const entry = policy && written(policy, value);
        if (!entry) throw new Error(`the template does not take ${name} = ${JSON.stringify(value)}`);
        expect([entry.key, entry.name]).toEqual([PORTCULLIS_KEY, name]);
        const key = parseQuery(listing(entry.key, [entry]), PORTCULLIS_KEY);
        if (key.kind !== 'present') throw new Error(key.kind);
        expect(parsePortcullisKey(key.values)).toEqual({ verdict: 'present', value: { [name]: value }, problems: [] });
      }),
      { numRuns: 600 },
    );
  });

  it("names organizations such that the reader of Docker Desktop's key gets the same", () => {
    fc.assert(
      fc.property(organizationNames, (organizations) => {
        const policy = policies.get('allowedOrgs');
        const entry = policy && written(policy, organizations);
        if (!entry) throw new Error('not taken');
        const key = parseQuery(listing(entry.key, [entry]), DOCKER_KEY);
        if (key.kind !== 'present') throw new Error(key.kind);
        expect(parseDockerKey(key.values)).toMatchObject({ verdict: 'present', value: organizations });
      }),
    );
  });

  it('takes nothing that the schema rejects, where a template can say so', () => {
    const taken = (name: string, value: unknown) => {
      const policy = policies.get(name);
      return policy !== undefined && written(policy, value) !== null;
    };
    expect(taken('refreshMinutes', 1440)).toBe(true);
    expect(taken('refreshMinutes', 1441)).toBe(false);
    expect(taken('refreshMinutes', 0)).toBe(false);
    expect(taken('signInStorage', 'memory')).toBe(false);
    expect(taken('supportContact', 'x'.repeat(120))).toBe(true);
    expect(taken('supportContact', 'x'.repeat(121))).toBe(false);
    expect(taken('scopes', Array.from({ length: 33 }, String))).toBe(false);
  });
});

/** The type that a manager writes into a profile. */
const PlistType = z.enum(['string', 'integer', 'boolean', 'array']);
type PlistType = z.infer<typeof PlistType>;

/** As a form gives it: structures as text. */
function asForm(type: PlistType, value: unknown): unknown {
  if (type === 'string') return typeof value === 'string' ? value : JSON.stringify(value);
  const fits = { integer: Number.isInteger(value), boolean: typeof value === 'boolean', array: Array.isArray(value) };
  if (!fits[type]) throw new Error(`${JSON.stringify(value)} is no ${type}`);
  return value;
}

const plistOf = (payload: Record<string, unknown>) => Buffer.from(build(payload as never));

function expectSame(typeOf: (name: string) => PlistType): void {
  fc.assert(
    fc.property(oneSetting, ({ name, value }) => {
      const bytes = plistOf({ [name]: asForm(typeOf(name), value) });
      expect(parseSettingsProfile(bytes)).toEqual({ verdict: 'present', value: { [name]: value }, problems: [] });
    }),
    { numRuns: 600 },
  );
}

const Subkey = z.object({
  pfm_name: z.string(),
  pfm_title: z.string().min(1),
  pfm_type: PlistType,
  pfm_description: z.string().min(1).optional(),
  pfm_format: z.string().optional(),
});
const Manifest = z.object({
  pfm_domain: z.string(),
  pfm_format_version: z.literal(1),
  pfm_version: z.number().int(),
  pfm_platforms: z.array(z.literal('macOS')).length(1),
  pfm_targets: z.array(z.literal('system')).length(1),
  pfm_subkeys: z.array(Subkey),
});

describe('the profile manifests of macOS', () => {
  const manifest = (domain: string) => Manifest.parse(parsePlist(read(`profile-manifests/${domain}.plist`)));
  const own = (domain: string) =>
    manifest(domain).pfm_subkeys.filter(({ pfm_name }) => !pfm_name.startsWith('Payload'));

  it.each(['com.docker.config', 'com.portcullis.config'])('describe %s, with what every payload has', (domain) => {
    expect(manifest(domain).pfm_domain).toBe(domain);
    const payload = manifest(domain)
      .pfm_subkeys.map(({ pfm_name }) => pfm_name)
      .filter((name) => name.startsWith('Payload'));
    expect(payload).toEqual([
      'PayloadDisplayName',
      'PayloadIdentifier',
      'PayloadType',
      'PayloadUUID',
      'PayloadVersion',
    ]);
  });

  it('write each setting such that the reader of Managed Preferences gets the same value', () => {
    const types = new Map(own('com.portcullis.config').map(({ pfm_name, pfm_type }) => [pfm_name, pfm_type]));
    expect([...types.keys()].sort()).toEqual([...names].sort());
    expectSame((name) => PlistType.parse(types.get(name)));
  });

  it('name organizations in one text with semicolons, as the form checks it and the reader takes it', () => {
    const [only, ...others] = own('com.docker.config');
    expect([only?.pfm_name, only?.pfm_type, others]).toEqual(['allowedOrgs', 'string', []]);
    const format = new RegExp(only?.pfm_format ?? 'x^');
    fc.assert(
      fc.property(organizationNames, (organizations) => {
        const text = organizations.join(';');
        expect(text).toMatch(format);
        expect(parseProfile(plistOf({ allowedOrgs: text }))).toMatchObject({
          verdict: 'present',
          value: organizations,
        });
      }),
    );
    for (const text of ['', 'acme, globex', 'acme globex', 'acme;;globex', ';acme']) expect(text).not.toMatch(format);
  });
});

describe('the profile for login items and notifications', () => {
  const root = join(import.meta.dirname, '../../..');
  const profile = parsePlist(readFileSync(join(root, 'build/mdm/macos/portcullis-system.mobileconfig'), 'utf8'));

  it('is for the machine, and each of its payloads has what every payload has', () => {
    expect(profile).toMatchObject({ PayloadType: 'Configuration', PayloadScope: 'System' });
    const payloads = [profile, ...profile.PayloadContent];
    const uuids = payloads.map(({ PayloadUUID }: { PayloadUUID: string }) => z.uuid().parse(PayloadUUID));
    expect(new Set(uuids).size).toBe(3);
    for (const payload of payloads)
      expect(payload).toMatchObject({ PayloadVersion: 1, PayloadIdentifier: expect.any(String) });
  });

  it('names the service and the app as they are installed', () => {
    const service = parsePlist(readFileSync(join(root, 'build/mac/pkg/com.portcullis.gateway.plist'), 'utf8'));
    const [, app] = /^appId: (\S+)$/m.exec(readFileSync(join(root, 'electron-builder.yml'), 'utf8')) ?? [];
    const [background, notifications] = profile.PayloadContent;
    expect(background.Rules).toMatchObject([
      { RuleType: 'Label', RuleValue: service.Label },
      { RuleType: 'BundleIdentifier', RuleValue: app },
    ]);
    expect(notifications.NotificationSettings).toMatchObject([{ BundleIdentifier: app, NotificationsEnabled: true }]);
  });
});

const Schema = z.object({
  title: z.string(),
  __preferencedomain: z.string(),
  properties: z.record(
    z.string(),
    z.object({
      title: z.string().min(1),
      description: z.string().min(1),
      property_order: z.number(),
      anyOf: z.tuple([z.object({ type: z.literal('null') }), z.looseObject({ type: PlistType })]),
    }),
  ),
});

describe('the schemas for Jamf Pro', () => {
  const schema = (domain: string) => Schema.parse(JSON.parse(read(`jamf/${domain}.json`)));

  it('write each setting such that the reader of Managed Preferences gets the same value', () => {
    const { properties, __preferencedomain } = schema('com.portcullis.config');
    expect(__preferencedomain).toBe('com.portcullis.config');
    expect(Object.keys(properties).sort()).toEqual([...names].sort());
    expectSame((name) => PlistType.parse(properties[name]?.anyOf[1].type));
  });

  it('name organizations in one text', () => {
    expect(schema('com.docker.config').properties.allowedOrgs?.anyOf[1].type).toBe('string');
  });
});
