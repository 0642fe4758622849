import { createHash } from 'node:crypto';
import { claimsOf } from '../../../shared/policy/policy-claims.ts';
import { POLICY_TYP, type RegistryEntry } from '../../../shared/policy/schema.ts';
import type { SettingsChange } from '../../../shared/schemas/hub/changes.ts';
import type { SettingsExtras } from '../../../shared/schemas/hub/grants.ts';
import type { Addition } from '../../../shared/schemas/hub/registry-access.ts';
import type { RegistryAccessSettings, RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { type SigningKey, signCompact } from './compact-jws.ts';

/** 72 h. Renewed at half of it, so that a client that is offline for a day and a half notices nothing. */
export const POLICY_SECONDS = 72 * 3600;
/** Less than what clients tolerate, so that setting the clock back a little changes nothing. */
export const CLOCK_SKEW_SECONDS = 300;

/** An organization's settings in the database. The list stays JSON, because it may have a million entries. */
export interface StoredSettings extends Omit<RegistryAccessSettings, 'registries'> {
  revision: number;
  registries: Uint8Array;
  /** Who added its lines, in their order. */
  additions: Addition[];
  /**
   * The claims of its policy beside list, issuer, revision and times, as JSON: a renewal by a newer hub repeats them to the letter, or
   * gateways would take the same revision with other content for an equivocation. null where an earlier version saved it.
   */
  claims: string | null;
}

/** What settings have beside the list; what is not there is left out. */
export function extrasOf({ grants, hints, requests, support }: SettingsExtras): SettingsExtras {
  return {
    ...(grants === undefined ? {} : { grants }),
    ...(hints === undefined ? {} : { hints }),
    ...(requests === undefined ? {} : { requests }),
    ...(support === undefined ? {} : { support }),
  };
}

/** These bytes were parsed by the schema when they were saved, so they need no second check. */
export function storedRegistries({ registries }: Pick<StoredSettings, 'registries'>): RegistryEntry[] {
  return JSON.parse(new TextDecoder().decode(registries));
}

/** A signed policy, served byte for byte until it is replaced. */
export interface PolicyDocument {
  iss: string;
  kid: string;
  revision: number;
  /** Seconds since 1970. */
  iat: number;
  exp: number;
  jws: Uint8Array;
}

/** @param iat seconds since 1970 */
export function signPolicy(
  settings: StoredSettings,
  { iss, org, iat, key }: { iss: string; org: string; iat: number; key: SigningKey },
): PolicyDocument {
  const { revision } = settings;
  const exp = iat + POLICY_SECONDS;
  const head = JSON.stringify({ iss, org, revision, iat, exp });
  const claims = settings.claims ?? claimsOf(settings);
  const payload = withRegistries(`${head.slice(0, -1)},${claims.slice(1)}`, settings.registries);
  return { iss, kid: key.kid, revision, iat, exp, jws: signCompact(payload, POLICY_TYP, key) };
}

/** Whether a document can still be served: issued by this hub with this key, and neither half expired nor from the future. */
export function isCurrent(
  document: PolicyDocument,
  expected: { iss: string; kid: string /** Seconds since 1970. */; now: number },
): boolean {
  const { iss, kid, now } = expected;
  return (
    document.iss === iss &&
    document.kid === kid &&
    now < document.iat + POLICY_SECONDS / 2 &&
    // Clients with a correct clock reject what was signed while this machine's clock was ahead.
    document.iat <= now + CLOCK_SKEW_SECONDS
  );
}

/** The settings as the API answers them; after saving, with what that changed and what there is to say about what was sent. */
export function settingsAnswer(
  settings: Omit<StoredSettings, 'additions' | 'claims'>,
  saved: { notices?: RegistryAccessSettingsAnswer['notices']; changes?: readonly SettingsChange[] } = {},
): Buffer {
  const { revision, enabled, mode, contact, enforceFrom, registries } = settings;
  const { grants = [], hints = [], requests = false, support } = settings;
  const { notices = [], changes } = saved;
  const more = { ...(changes === undefined ? {} : { changes }), ...(notices.length === 0 ? {} : { notices }) };
  // Named also where there are none, so that a client can tell that this hub knows them.
  const extras = { grants, hints, requests, support };
  const head = { revision, enabled, mode, contact, enforceFrom, ...extras, ...more };
  return withRegistries(JSON.stringify(head), registries);
}

/** What an owner would send to get these settings. A date that has passed is left out. @param now milliseconds since 1970 */
export function settingsBody(settings: Omit<StoredSettings, 'additions' | 'claims' | 'revision'>, now: number): Buffer {
  const { enabled, mode, contact, enforceFrom, registries } = settings;
  const { grants = [], hints = [], requests = false, support = null } = settings;
  const isAhead = enforceFrom !== undefined && Date.parse(enforceFrom) > now;
  const head = { enabled, mode, contact, enforceFrom: isAhead ? enforceFrom : null };
  return withRegistries(JSON.stringify({ ...head, grants, hints, requests, support }), registries);
}

/** Strong entity tag (RFC 9110 section 8.8.3): the same for the same bytes only. */
export function entityTag(content: Uint8Array): string {
  return `"${createHash('sha256').update(content).digest('base64url')}"`;
}

/** `{…head, "registries": …}` without parsing the list. The list comes last, so that the rest can be read first. */
function withRegistries(head: string, registries: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"registries":`), registries, Buffer.from('}')]);
}
