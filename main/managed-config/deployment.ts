import { build } from 'plist';
import type { PolicyKeys } from '../../shared/policy/keys.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { DOCKER_PAYLOAD, PORTCULLIS_PAYLOAD } from './mobileconfig.ts';
import { flawOfName } from './organizations.ts';
import { DOCKER_KEY, PORTCULLIS_KEY } from './windows-registry.ts';

export const deploymentFormats = ['registry-json', 'portcullis-json', 'plist', 'mobileconfig', 'reg'] as const;
export type DeploymentFormat = (typeof deploymentFormats)[number];

/** What an administrator wants on every machine. */
export interface Deployment {
  organizations: string[];
  hub: string | null;
  policyKeys: PolicyKeys | null;
}

/** A file that device management puts in place. */
export interface DeploymentFile {
  /** As it is called where it is read, or as its tool expects it. */
  name: string;
  content: Buffer;
  /** Where to put it, one line each. */
  places: string[];
  /** false where the format has no room for a server and keys, which then need a second file. */
  holdsSettings: boolean;
}

/**
 * @param uuid gives a random UUID; a configuration profile needs one for itself and for each payload.
 * @throws ProblemError `organization-invalid`, `settings-missing`.
 */
export function deploymentFile(format: DeploymentFormat, deployment: Deployment, uuid: () => string): DeploymentFile {
  const { organizations, hub, policyKeys } = deployment;
  for (const name of organizations) {
    const flaw = flawOfName({ name });
    const cause = flaw === null ? unfitFor(format, name) : 'an --org option';
    if (cause === null) continue;
    throw new ProblemError({
      code: 'organization-invalid',
      message: flaw?.message ?? `"${name}" cannot stand in a file of this format.`,
      cause,
      next: flaw === null ? 'Make a registry.json for it.' : 'Write the name exactly as your server does.',
    });
  }
  const settings = { ...(hub !== null && { hub }), ...(policyKeys !== null && { policyKeys }) };
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
      if (!hasSettings) {
        throw new ProblemError({
          code: 'settings-missing',
          message: 'A portcullis.json without a server says nothing.',
          next: 'Give the address of your server with --hub.',
        });
      }
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
        content: regFile(organizations, hub, policyKeys),
        places: ['Windows: reg.exe import portcullis.reg, as an administrator or by group policy'],
        holdsSettings: true,
      };
  }
}

/** What a format, or the way in which it is read, cannot give back. */
function unfitFor(format: DeploymentFormat, name: string): string | null {
  // XML 1.0 section 2.2; the replacement character is taken for damage by readers.
  if ((format === 'mobileconfig' || format === 'plist') && /[\ufffd-\uffff]/.test(name)) {
    return 'XML does not hold such a character';
  }
  if (format === 'mobileconfig' && name.includes(';')) return 'a profile separates names by semicolons';
  if (format === 'reg' && (/[^\x21-\x7e]|\?/.test(name) || name.includes('\\0'))) {
    return 'reg.exe does not give such letters back exactly';
  }
  return null;
}

/** A configuration profile for the whole machine (Apple, "Configuration Profile Reference"). */
function profile(organizations: string[], settings: Record<string, unknown> | null, uuid: () => string): string {
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

/** As the Registry Editor exports: UTF-16 with a byte order mark, lines ended by CR LF. */
function regFile(organizations: string[], hub: string | null, policyKeys: PolicyKeys | null): Buffer {
  const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  const strings = Buffer.from(`${organizations.join('\0')}\0\0`, 'utf16le');
  const hex = [...strings].map((byte) => byte.toString(16).padStart(2, '0')).join(',');
  const lines = ['Windows Registry Editor Version 5.00', '', `[${DOCKER_KEY}]`, `"allowedOrgs"=hex(7):${hex}`, ''];
  if (hub !== null || policyKeys !== null) {
    lines.push(`[${PORTCULLIS_KEY}]`);
    if (hub !== null) lines.push(`"hub"=${quoted(hub)}`);
    if (policyKeys !== null) lines.push(`"policyKeys"=${quoted(JSON.stringify(policyKeys))}`);
    lines.push('');
  }
  return Buffer.from(`\ufeff${lines.join('\r\n')}\r\n`, 'utf16le');
}
