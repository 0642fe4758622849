import { MAX_POLICY_BYTES } from '../../../shared/policy/schema.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import { describeChanges } from './changes.ts';
import type { SigningKey } from './compact-jws.ts';
import { type KeptSettings, type PolicyDocument, signPolicy } from './document.ts';
import { type Fault, parseSettings } from './parse-settings.ts';

/** Plain data, because a large one crosses to a worker thread. */
export interface RevisionRequest {
  body: Uint8Array;
  current: KeptSettings;
  iss: string;
  org: string;
  /** Seconds since 1970. */
  iat: number;
  key: SigningKey;
}

export type Revision =
  | { outcome: 'invalid'; faults: Fault[] }
  | { outcome: 'unchanged' }
  | { outcome: 'changed'; settings: KeptSettings; policy: PolicyDocument; changes: string[] };

/** From what an owner sent to the next revision and its signed document. Pure; a million registries take some seconds. */
export function revise({ body, current, iss, org, iat, key }: RevisionRequest): Revision {
  const judged = parseSettings(body);
  if (!judged.ok) return { outcome: 'invalid', faults: judged.faults };

  const { registries, ...rest } = judged.settings;
  const changes = describeChanges(parseKept(current), judged.settings);
  if (changes.length === 0) return { outcome: 'unchanged' };

  const settings = { ...rest, revision: current.revision + 1, registries: Buffer.from(JSON.stringify(registries)) };
  const policy = signPolicy(settings, { iss, org, iat, key });
  if (policy.jws.byteLength > MAX_POLICY_BYTES) {
    const detail = `the signed policy would have ${policy.jws.byteLength} bytes, and clients take ${MAX_POLICY_BYTES}`;
    return { outcome: 'invalid', faults: [{ pointer: '/registries', detail }] };
  }
  return { outcome: 'changed', settings, policy, changes };
}

/** Our own bytes, judged when they came in: only their shape is restored. */
function parseKept({ enabled, mode, contact, registries }: KeptSettings): RegistryAccessSettings {
  const list: RegistryAccessSettings['registries'] = JSON.parse(new TextDecoder().decode(registries));
  return { enabled, mode, registries: list, ...(contact === undefined ? {} : { contact }) };
}
