import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { parseSettings } from './portcullis-json.ts';
import { type PropertyListValue, plainOf, readPropertyList } from './property-list.ts';
import { type Content, malformed, saysNothing } from './reading.ts';
import { parseStrictJson } from './strict-json.ts';

/**
 * Our own settings in a native store, under the same names as in `portcullis.json`. Device management tools pass on texts
 * and numbers more readily than structures, so `policyKeys` may be the JWKS as text.
 */
export function parseStoreSettings(values: Record<string, unknown>): Content<PortcullisSettings> {
  if (Object.keys(values).length === 0) return saysNothing;
  const { policyKeys } = values;
  if (typeof policyKeys !== 'string') return parseSettings(values);
  const keys = parseStrictJson(Buffer.from(policyKeys));
  if (!keys.ok) {
    const { message } = keys.problem;
    return malformed({ code: 'setting-invalid', message: `"policyKeys" is no JSON document: ${message}` });
  }
  return parseSettings({ ...values, policyKeys: keys.value.value });
}

/** The payload `com.portcullis.config`, as macOS lays it down in Managed Preferences. */
export function parseSettingsProfile(bytes: Uint8Array): Content<PortcullisSettings> {
  const read = readPropertyList(bytes);
  if (!read.ok) return malformed(read.problem);
  return parseSettingsDict(read.value);
}

export function parseSettingsDict(value: PropertyListValue): Content<PortcullisSettings> {
  if (value.type !== 'dict') {
    return malformed({ code: 'not-an-object', message: 'The property list must be one <dict>.', ...value.spot });
  }
  return parseStoreSettings(plainOf(value) as Record<string, unknown>);
}
