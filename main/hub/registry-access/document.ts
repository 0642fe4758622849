import { createHash } from 'node:crypto';
import { POLICY_TYP } from '../../../shared/policy/schema.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import { type SigningKey, signCompact } from './compact-jws.ts';

/** 72 h. Half of it later a document is signed anew, so that a client that is away for a day and a half notices nothing. */
export const POLICY_SECONDS = 72 * 3600;

/** An organization's settings as they are kept: the list as the JSON it is, since it may have a million lines. */
export interface KeptSettings extends Omit<RegistryAccessSettings, 'registries'> {
  revision: number;
  registries: Uint8Array;
}

/** A signed policy, ready to be served byte for byte until it is replaced. */
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
  settings: KeptSettings,
  { iss, org, iat, key }: { iss: string; org: string; iat: number; key: SigningKey },
): PolicyDocument {
  const { revision, enabled, mode, contact } = settings;
  const exp = iat + POLICY_SECONDS;
  const payload = withRegistries({ iss, org, revision, iat, exp, enabled, mode, contact }, settings.registries);
  return { iss, kid: key.kid, revision, iat, exp, jws: signCompact(payload, POLICY_TYP, key) };
}

/** The settings as the API answers them. */
export function settingsAnswer({ revision, enabled, mode, contact, registries }: KeptSettings): Buffer {
  return withRegistries({ revision, enabled, mode, contact }, registries);
}

/** Strong entity tag (RFC 9110 section 8.8.3) of a document: equal exactly when the bytes are. */
export function entityTag(content: Uint8Array): string {
  return `"${createHash('sha256').update(content).digest('base64url')}"`;
}

/** `{…head, "registries": …}` without parsing the list. The list comes last, so that a reader sees the rest first. */
function withRegistries(head: object, registries: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(head).slice(0, -1)},"registries":`),
    registries,
    Buffer.from('}'),
  ]);
}
