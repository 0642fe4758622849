import { problem } from '../../shared/problems/catalogue.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { problemAt } from '../platform/fs/file-problem.ts';
import { parseStrictJson } from '../platform/fs/strict-json.ts';
import { parseSettings } from './portcullis-json.ts';
import { type PropertyListValue, parsePropertyList, plainOf } from './property-list.ts';
import { absent, malformed, type SourceContent } from './source.ts';
import { settingNames, storedAs } from './stored-as.ts';

/**
 * Our own settings in a native store, under the same names as in `portcullis.json`. Device management tools handle texts and
 * numbers better than structures, so those (`policyKeys`, `breakGlass`) may be JSON as text.
 */
export function parseStoreSettings(values: Record<string, unknown>): SourceContent<PortcullisSettings> {
  if (Object.keys(values).length === 0) return absent;
  const settings = { ...values };
  for (const setting of settingNames) {
    const text = settings[setting];
    if (typeof text !== 'string' || storedAs(setting).kind !== 'json') continue;
    const parsed = parseStrictJson(Buffer.from(text));
    if (!parsed.ok) return malformed(problem('setting-not-json', { setting }, { cause: problemText(parsed.problem) }));
    settings[setting] = parsed.value.value;
  }
  return parseSettings(settings);
}

/** The payload `com.portcullis.config`, as macOS stores it in Managed Preferences. */
export function parseSettingsProfile(bytes: Uint8Array): SourceContent<PortcullisSettings> {
  const parsed = parsePropertyList(bytes);
  return parsed.ok ? parseSettingsDict(parsed.value) : malformed(parsed.problem);
}

export function parseSettingsDict(value: PropertyListValue): SourceContent<PortcullisSettings> {
  if (value.type !== 'dict') return malformed(problemAt(value.position, problem('plist-not-a-dict')));
  return parseStoreSettings(plainOf(value) as Record<string, unknown>);
}
