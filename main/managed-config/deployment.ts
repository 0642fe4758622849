import { build } from 'plist';
import type { PolicyKeys } from '../../shared/policy/keys.ts';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { MAX_TEXT } from './admx.ts';
import { type IntuneValues, intuneProfile } from './intune-profile.ts';
import { DOCKER_PAYLOAD, PORTCULLIS_PAYLOAD } from './mobileconfig.ts';
import { problemOfName } from './organizations.ts';
import { problemOfSetting } from './setting-problem.ts';
import { type SettingName, storedAs } from './stored-as.ts';
import { DOCKER_KEY, PORTCULLIS_KEY } from './windows-registry.ts';

export const deploymentFormats = [
  'registry-json',
  'portcullis-json',
  'plist',
  'mobileconfig',
  'reg',
  'intune',
] as const;
export type DeploymentFormat = (typeof deploymentFormats)[number];

/** What an administrator wants on every machine; settings that are null or not given are left out. */
export type Deployment = {
  organizations: string[];
  hub: string | null;
  policyKeys: PolicyKeys | null;
} & { [Name in Exclude<SettingName, 'hub' | 'policyKeys'>]?: PortcullisSettings[Name] | null };

/** A file for device management to deploy. */
export interface DeploymentFile {
  /** The name it must have where it is read, or the one its tool expects. */
  name: string;
  content: Buffer;
  /** Where to deploy it, one line each. */
  places: string[];
  /** false where the format cannot contain a server and keys, which then need a second file. */
  holdsSettings: boolean;
}

/**
 * @param uuid gives a random UUID; a configuration profile needs one for itself and for each payload.
 * @throws ProblemError `organization-invalid`, `organization-not-in-format`, `settings-missing`, `setting-not-in-format`, and those of a setting
 * that its schema rejects.
 */
export function deploymentFile(format: DeploymentFormat, deployment: Deployment, uuid: () => string): DeploymentFile {
  const organizations = [...new Set(deployment.organizations)];
  for (const name of organizations) {
    const shown = printable(name);
    const invalid = problemOfName(name);
    if (invalid !== null) {
      throw new ProblemError(problem('organization-invalid', { name: shown }, { cause: invalid.message }));
    }
    const cause = unfitFor(format, name);
    if (cause === null) continue;
    throw new ProblemError(problem('organization-not-in-format', { name: shown, format }, { cause }));
  }
  const settings = settingsOf(deployment);
  const values = storedValues(settings);
  for (const [name, value] of values) {
    const cause = unfitSetting(format, value);
    if (cause !== null) {
      throw new ProblemError(problem('setting-not-in-format', { setting: name, format }, { cause }));
    }
  }
  const hasSettings = Object.keys(settings).length > 0;

  switch (format) {
    case 'registry-json':
      return {
        name: 'registry.json',
        content: Buffer.from(`${JSON.stringify({ allowedOrgs: organizations })}\n`),
        places: [
          'Linux: /usr/share/docker-desktop/registry/registry.json or /etc/portcullis/registry.json',
          'macOS: /Library/Application Support/com.docker.docker/registry.json or …/Portcullis/registry.json',
          'Windows: %ProgramData%\\DockerDesktop\\registry.json or %ProgramData%\\Portcullis\\registry.json',
        ],
        holdsSettings: false,
      };
    case 'plist':
      return {
        name: 'desktop.plist',
        content: Buffer.from(`${build({ allowedOrgs: organizations })}\n`),
        places: ['macOS: /Library/Application Support/com.docker.docker/desktop.plist'],
        holdsSettings: false,
      };
    case 'portcullis-json':
      if (!hasSettings) throw new ProblemError(problem('settings-missing'));
      return {
        name: 'portcullis.json',
        content: Buffer.from(`${JSON.stringify(settings, null, 2)}\n`),
        places: [
          'Linux: /etc/portcullis/portcullis.json',
          'macOS: /Library/Application Support/Portcullis/portcullis.json',
          'Windows: %ProgramData%\\Portcullis\\portcullis.json',
        ],
        holdsSettings: true,
      };
    case 'mobileconfig':
      return {
        name: 'portcullis.mobileconfig',
        content: Buffer.from(`${profile(organizations, hasSettings ? settings : null, uuid)}\n`),
        places: ['macOS: upload it to your device management, which signs and installs it'],
        holdsSettings: true,
      };
    case 'reg':
      return {
        name: 'portcullis.reg',
        content: regFile(organizations, values),
        places: ['Windows: reg.exe import portcullis.reg, as an administrator or through group policy'],
        holdsSettings: true,
      };
    case 'intune': {
      const lines = [...values].map(([name, value]) => [name, Array.isArray(value) ? value : [String(value)]]);
      const all: IntuneValues = { allowedOrgs: organizations, ...Object.fromEntries(lines) };
      return {
        name: 'portcullis.intune.json',
        content: Buffer.from(intuneProfile(`Registry access for ${organizations.join(', ')}`, all)),
        places: [
          'Intune: POST it to https://graph.microsoft.com/v1.0/deviceManagement/deviceConfigurations (Graph Explorer)',
          'or add its rows of OMA-URI by hand: Devices, Configuration, Create, Templates, Custom',
        ],
        holdsSettings: true,
      };
    }
  }
}

/** Only what the readers accept: what they reject blocks all pulls on every machine. */
function settingsOf({ organizations, ...settings }: Deployment): PortcullisSettings {
  const given = Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== null && value !== undefined),
  );
  const parsed = PortcullisSettings.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw parsed.error;
  throw new ProblemError(problemOfSetting(issue, given));
}

/** As the Windows registry holds a setting: a text, a list of texts, a number or a switch. */
type StoredValue = string | string[] | number | boolean;

/** Structures are JSON in ASCII, which it can always be written in. */
function storedValues(settings: PortcullisSettings): Map<string, StoredValue> {
  const ascii = (json: string) =>
    json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const stored = Object.entries(settings).map(([name, value]): [string, StoredValue] => {
    if (Array.isArray(value)) return [name, value.map(String)];
    const isJson = storedAs(name as SettingName).kind === 'json';
    return [name, isJson ? ascii(JSON.stringify(value)) : (value as StoredValue)];
  });
  return new Map(stored);
}

/** Why a value would not survive a format; null if it does. */
function unfitSetting(format: DeploymentFormat, value: StoredValue): string | null {
  if (format !== 'reg' && format !== 'intune') return null;
  if (typeof value === 'boolean') return null;
  if (typeof value === 'number') return Number.isInteger(value) ? null : 'a registry holds whole numbers only';
  const texts = Array.isArray(value) ? value : [value];
  if (texts.length === 0) return 'a registry holds no empty list';
  if (texts.some((text) => /[^\x20-\x7e]/.test(text))) return 'reg.exe does not return such characters exactly';
  if (Array.isArray(value) && texts.some((text) => text === '' || text.includes('\\0'))) {
    return 'reg.exe does not return such lines exactly';
  }
  const length = texts.join(' ').length;
  if (format === 'intune' && length > MAX_TEXT) return `it has ${length} characters, and Intune takes ${MAX_TEXT}`;
  return null;
}

/** Why a name would not survive a format, or the way it is read; null if it does. */
function unfitFor(format: DeploymentFormat, name: string): string | null {
  // XML 1.0 section 2.2; readers take the replacement character for damage.
  if ((format === 'mobileconfig' || format === 'plist') && /[\ufffd-\uffff]/.test(name)) {
    return 'XML does not allow such a character';
  }
  if (format === 'mobileconfig' && name.includes(';')) return 'a profile separates names with semicolons';
  if ((format === 'reg' || format === 'intune') && (/[^\x21-\x7e]|\?/.test(name) || name.includes('\\0'))) {
    return 'reg.exe does not return such characters exactly';
  }
  return null;
}

/** A configuration profile for the whole machine (Apple, "Configuration Profile Reference"). */
function profile(organizations: string[], settings: PortcullisSettings | null, uuid: () => string): string {
  const payload = (type: string, name: string, content: Record<string, unknown>) => ({
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: `com.portcullis.profile.${type}`,
    PayloadUUID: uuid(),
    PayloadDisplayName: name,
    ...content,
  });
  const payloads = [payload(DOCKER_PAYLOAD, 'Sign-in enforcement', { allowedOrgs: organizations.join(';') })];
  if (settings !== null) payloads.push(payload(PORTCULLIS_PAYLOAD, 'Portcullis', settings));
  return build({
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: 'com.portcullis.profile',
    PayloadUUID: uuid(),
    PayloadDisplayName: `Registry access for ${organizations.join(', ')}`,
    PayloadScope: 'System',
    PayloadContent: payloads as never,
  });
}

/** As the Registry Editor exports it: UTF-16 with a byte order mark, lines ending with CR LF. */
function regFile(organizations: string[], values: Map<string, StoredValue>): Buffer {
  const lines = [
    ...['Windows Registry Editor Version 5.00', '', `[${DOCKER_KEY}]`],
    ...[`"allowedOrgs"=${regValue(organizations)}`, ''],
  ];
  if (values.size > 0) {
    lines.push(`[${PORTCULLIS_KEY}]`, ...[...values].map(([name, value]) => `"${name}"=${regValue(value)}`), '');
  }
  return Buffer.from(`\ufeff${lines.join('\r\n')}\r\n`, 'utf16le');
}

function regValue(value: StoredValue): string {
  if (Array.isArray(value)) {
    const bytes = Buffer.from(`${value.join('\0')}\0\0`, 'utf16le');
    return `hex(7):${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(',')}`;
  }
  if (typeof value === 'string') return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return `dword:${Number(value).toString(16).padStart(8, '0')}`;
}
