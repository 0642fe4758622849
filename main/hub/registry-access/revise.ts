import { nextAdditions } from '../../../shared/lists/additions.ts';
import { diffSettings } from '../../../shared/lists/diff-settings.ts';
import { claimsOf } from '../../../shared/policy/policy-claims.ts';
import { MAX_POLICY_BYTES } from '../../../shared/policy/schema.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { SettingsChange } from '../../../shared/schemas/hub/changes.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import type { SigningKey } from './compact-jws.ts';
import { extrasOf, type PolicyDocument, type StoredSettings, signPolicy, storedRegistries } from './document.ts';
import type { Fault } from './fault.ts';
import { parseSettings } from './parse-settings.ts';
import { settleSettings, withoutOver } from './settle.ts';

/** Plain data, because a large one is sent to a worker thread. */
export interface RevisionRequest {
  body: Uint8Array;
  current: StoredSettings;
  /** Those of the organization. */
  teams: readonly string[];
  iss: string;
  org: string;
  /** User name of whoever adds lines. */
  actor: string;
  /** Seconds since 1970. */
  iat: number;
  key: SigningKey;
}

export type Revision =
  | { outcome: 'invalid'; faults: Fault[] }
  | { outcome: 'unchanged'; notices: Fault[] }
  | {
      outcome: 'changed';
      settings: StoredSettings;
      /** How many lines the list has. */
      registries: number;
      policy: PolicyDocument;
      changes: SettingsChange[];
      notices: Fault[];
    };

/** Turns what an owner sent into the next revision and its signed document. Pure; a million registries take some seconds. */
export function revise({ body, current, teams, iss, org, actor, iat, key }: RevisionRequest): Revision {
  const parsed = parseSettings(body, new Set(teams));
  if (!parsed.ok) return { outcome: 'invalid', faults: parsed.faults };

  const before = restoreSettings(current);
  const settled = settleSettings(parsed.settings, before, iat * 1000);
  if ('fault' in settled) return { outcome: 'invalid', faults: [settled.fault] };
  const notices = [...parsed.notices, ...settled.notices];
  if (diffSettings(before, settled.settings).changes.length === 0) return { outcome: 'unchanged', notices };
  const next = withoutOver(settled.settings, iat * 1000);
  const { changes } = diffSettings(before, next, iat * 1000);
  if (changes.length === 0) return { outcome: 'unchanged', notices };
  const { registries, ...rest } = next;

  const list = { registries: before.registries, additions: current.additions };
  const settings = {
    ...rest,
    claims: claimsOf(rest),
    revision: current.revision + 1,
    registries: Buffer.from(JSON.stringify(registries)),
    additions: nextAdditions(list, registries, { by: actor, at: new Date(iat * 1000).toISOString() }),
  };
  const policy = signPolicy(settings, { iss, org, iat, key });
  const bytes = policy.jws.byteLength;
  if (bytes > MAX_POLICY_BYTES) {
    const tooLarge = problem('settings-too-large', { bytes, limit: MAX_POLICY_BYTES });
    return { outcome: 'invalid', faults: [{ pointer: '/registries', problem: tooLarge }] };
  }
  return { outcome: 'changed', settings, registries: registries.length, policy, changes, notices };
}

export function restoreSettings(stored: StoredSettings): RegistryAccessSettings {
  const { enabled, mode, contact, enforceFrom } = stored;
  const named = {
    ...(contact === undefined ? {} : { contact }),
    ...(enforceFrom === undefined ? {} : { enforceFrom }),
    ...extrasOf(stored),
  };
  return { enabled, mode, registries: storedRegistries(stored), ...named };
}
