import { nextAdditions } from '../../../shared/lists/additions.ts';
import { diffSettings } from '../../../shared/lists/diff-settings.ts';
import { MAX_POLICY_BYTES } from '../../../shared/policy/schema.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { SettingsChange } from '../../../shared/schemas/hub/changes.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import type { SigningKey } from './compact-jws.ts';
import { type PolicyDocument, type StoredSettings, signPolicy, storedRegistries } from './document.ts';
import { settleEnforceFrom } from './enforce-from.ts';
import { type Fault, parseSettings } from './parse-settings.ts';

/** Plain data, because a large one is sent to a worker thread. */
export interface RevisionRequest {
  body: Uint8Array;
  current: StoredSettings;
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
export function revise({ body, current, iss, org, actor, iat, key }: RevisionRequest): Revision {
  const parsed = parseSettings(body);
  if (!parsed.ok) return { outcome: 'invalid', faults: parsed.faults };

  const settled = settleEnforceFrom(parsed.settings, current.enforceFrom, iat * 1000);
  if ('fault' in settled) return { outcome: 'invalid', faults: [settled.fault] };
  const { notices } = parsed;
  const { registries, ...rest } = settled.settings;
  const before = restoreSettings(current);
  const { changes } = diffSettings(before, settled.settings);
  if (changes.length === 0) return { outcome: 'unchanged', notices };

  const list = { registries: before.registries, additions: current.additions };
  const settings = {
    ...rest,
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
  };
  return { enabled, mode, registries: storedRegistries(stored), ...named };
}
