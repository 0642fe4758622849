import { describe, expect, it } from 'vitest';
import { deploymentFile } from '../../../main/managed-config/deployment.ts';
import { parseIntuneProfile } from '../../../main/managed-config/intune-profile.ts';
import { elements, listing, parseXml, policiesOf, written } from '../../support/group-policy.ts';

const deployment = {
  organizations: ['acme', 'globex'],
  hub: 'https://portcullis.example.com/?a=1&b="2"',
  policyKeys: null,
  supportContact: 'it@acme.example <& others>',
};
const content = deploymentFile('intune', deployment, () => '').content.toString();
const profile = JSON.parse(content);
const AREA = './Device/Vendor/MSFT/Policy/Config/Portcullis~Policy~Portcullis/';

/** What Windows does with the rows, by the template that the profile itself installs (Microsoft, "Win32 and Desktop Bridge app ADMX policy ingestion"). */
function applied(): Record<string, unknown> {
  const [ingestion, ...rows] = profile.omaSettings;
  expect(ingestion.omaUri).toMatch(
    /^\.\/Device\/Vendor\/MSFT\/Policy\/ConfigOperations\/ADMXInstall\/Portcullis\/Policy\//,
  );
  const policies = policiesOf(parseXml(ingestion.value));
  return Object.fromEntries(
    rows.map(({ omaUri, value }: { omaUri: string; value: string }) => {
      expect(omaUri.startsWith(AREA)).toBe(true);
      const policy = policies.get(omaUri.slice(AREA.length));
      const [state, data] = elements(parseXml(`<x>${value}</x>`));
      if (policy === undefined || state?.nodeName !== 'enabled' || data === undefined) throw new Error(omaUri);
      const [element] = elements(policy, 'elements').flatMap((group) => elements(group));
      expect(data.getAttribute('id')).toBe(element?.getAttribute('id'));
      const text = data.getAttribute('value') ?? '';
      const entry = written(policy, element?.nodeName === 'multiText' ? text.split('\uf000') : text);
      return [
        `${entry?.key}\\${entry?.name}`,
        listing('KEY', entry === null ? [] : [entry])
          .toString()
          .split('    ')
          .at(-1)
          ?.trim(),
      ];
    }),
  );
}

describe('a custom profile for Intune', () => {
  it('sets what was asked for, by the template that it installs', () => {
    expect(profile['@odata.type']).toBe('#microsoft.graph.windows10CustomConfiguration');
    const POLICIES = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies';
    expect(applied()).toEqual({
      [`${POLICIES}\\Docker\\Docker Desktop\\allowedOrgs`]: 'acme\\0globex',
      [`${POLICIES}\\Portcullis\\hub`]: deployment.hub,
      [`${POLICIES}\\Portcullis\\supportContact`]: deployment.supportContact,
    });
  });

  const change = (from: string, to: string) => parseIntuneProfile(Buffer.from(content.replaceAll(from, to)));

  it.each([
    ['does not install the template', 'ADMXInstall', 'AdmxInstalled'],
    ['has rows in another area only', 'Config/Portcullis~', 'Config/Other~'],
    ['names a setting that the template lacks', '~Portcullis/hub', '~Portcullis/hubs'],
    ['has data of another policy', 'data id=\\"hub\\"', 'data id=\\"issuer\\"'],
    ['disables what it sets', '<enabled/><data id=\\"hub', '<disabled/><data id=\\"hub'],
    ['holds a value that is no XML', '<enabled/><data id=\\"hub', '<enabled><data id=\\"hub'],
    ['has rows without values', '"value"', '"valu"'],
  ])('is malformed where it %s', (_what, from, to) => {
    expect(content).toContain(from);
    expect(change(from, to).organizations).toMatchObject({
      verdict: 'malformed',
      problems: [{ code: 'intune-profile-invalid' }],
    });
  });

  it('reads numbers, switches and lists as Windows stores them', () => {
    const row = (id: string, value: string) => ({ omaUri: `${AREA}${id}`, value });
    const read = (...rows: object[]) =>
      parseIntuneProfile(Buffer.from(JSON.stringify({ omaSettings: [profile.omaSettings[0], ...rows] }))).settings;
    expect(
      read(
        row('refreshMinutes', '<enabled/><data id="refreshMinutes" value="30"/>'),
        row('startAtLogin', '<disabled/>'),
        row('locked', '<enabled/><data id="locked" value="hub&#xF000;startAtLogin"/>'),
      ),
    ).toEqual({
      verdict: 'present',
      value: { refreshMinutes: 30, startAtLogin: false, locked: ['hub', 'startAtLogin'] },
      problems: [],
    });
    expect(read(row('refreshMinutes', '<enabled/><data id="refreshMinutes" value="often"/>'))).toMatchObject({
      verdict: 'malformed',
    });
  });
});
