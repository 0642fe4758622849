import type { PolicyKeys } from '../../shared/policy/keys.ts';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { flag, text, texts } from '../gateway/native/windows-registry.ts';
import { deploymentFile } from '../managed-config/deployment.ts';
import { parseStoreSettings } from '../managed-config/store-settings.ts';
import { DOCKER_KEY, PORTCULLIS_KEY } from '../managed-config/windows-registry.ts';
import type { Wanted } from './setup-changes.ts';

/** What an administrator gave the installer. Texts, because properties of Windows Installer are; an empty one says nothing. */
export interface SetupProperties {
  allowedOrg: string;
  hub: string;
  issuer: string;
  clientId: string;
  policyKeysFile: string;
  supportContact: string;
  autostart: string;
  attach: string;
}

/** `a;b`, as Docker Desktop's installer takes it. @throws ProblemError `setup-property`. */
export function organizationsIn(allowedOrg: string): string[] {
  const names = allowedOrg.split(';').map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  if (allowedOrg.trim() !== '' && given.length === 0) throw invalid('ALLOWEDORG', allowedOrg);
  return given;
}

/** @throws ProblemError `setup-property`. */
export function switchIn(property: string, value: string): boolean | null {
  if (value === '') return null;
  if (value === '1' || value === '0') return value === '1';
  throw invalid(property, value);
}

/** Whether Docker Desktop is to be attached. @throws ProblemError `setup-property`. */
export function attachIn(value: string): boolean {
  if (value === '' || value === 'no') return false;
  if (value === 'docker-desktop') return true;
  throw invalid('ATTACH', value);
}

/**
 * The values below HKLM's policies. What no property names is not wanted otherwise: an upgrade without properties changes nothing.
 *
 * @throws ProblemError `setup-property`, and those of what reads these values: what it would not accept is not written.
 */
export function policyValues(properties: SetupProperties, policyKeys: PolicyKeys | null): Wanted[] {
  const { hub, issuer, clientId, supportContact } = properties;
  const organizations = organizationsIn(properties.allowedOrg);
  const startAtLogin = switchIn('AUTOSTART', properties.autostart);
  // It knows which names this way of deploying them takes.
  deploymentFile('reg', { organizations, hub: null, policyKeys: null }, () => '');

  const settings: Record<string, unknown> = Object.fromEntries(
    Object.entries({ hub, issuer, clientId, supportContact }).filter(([, value]) => value !== ''),
  );
  if (startAtLogin !== null) settings.startAtLogin = startAtLogin;
  if (policyKeys !== null) settings.policyKeys = JSON.stringify(policyKeys);
  const parsed = parseStoreSettings(settings);
  const [fault] = parsed.problems;
  if (fault !== undefined) throw new ProblemError(fault);

  const wanted: Wanted[] = Object.entries(settings).map(([name, value]) => ({
    kind: 'value',
    key: PORTCULLIS_KEY,
    name,
    value: typeof value === 'boolean' ? flag(value) : text(String(value)),
  }));
  if (organizations.length > 0) {
    wanted.push({ kind: 'value', key: DOCKER_KEY, name: 'allowedOrgs', value: texts(organizations) });
  }
  return wanted;
}

/** Docker Desktop's own file with our proxy in it; the rest stays. @throws ProblemError `setup-admin-settings` where it is no JSON object. */
export function withProxy(path: string, existing: Buffer | null, ours: string): Buffer {
  const wanted = parseObject(ours);
  const present = existing === null ? {} : parseObject(existing.toString('utf8').replace(/^\ufeff/, ''));
  if (wanted === null || present === null) throw new ProblemError(problem('setup-admin-settings', { file: path }));
  return Buffer.from(`${JSON.stringify({ ...wanted, ...present, proxy: wanted.proxy }, null, 2)}\n`);
}

function parseObject(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function invalid(property: string, value: string): ProblemError {
  return new ProblemError(problem('setup-property', { property, value: printable(value) }));
}
