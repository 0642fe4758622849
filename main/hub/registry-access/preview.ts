import { companionsOf } from '../../../shared/catalogue/look-up.ts';
import { decide } from '../../../shared/decide.ts';
import { DEFAULT_PORT, parseAddress } from '../../../shared/hosts/address.ts';
import { withPort } from '../../../shared/hosts/host-name.ts';
import { diffSettings } from '../../../shared/lists/diff-settings.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import { compilePolicy, type PolicyRules } from '../../../shared/rule-set/compile.ts';
import type { SettingsPreview } from '../../../shared/schemas/hub/registry-access.ts';
import type { StoredSettings } from './document.ts';
import { settleEnforceFrom } from './enforce-from.ts';
import { type Fault, parseSettings } from './parse-settings.ts';
import { restoreSettings } from './revise.ts';

const MAX_HOSTS = 1000;
/** A name below a suffix that no list has. */
const SOME_LABEL = 'portcullis-preview';

/** Plain data, because a large one is sent to a worker thread. */
export interface PreviewRequest {
  body: Uint8Array;
  current: StoredSettings;
  /** Milliseconds since 1970. */
  now: number;
}

export type Preview =
  | { outcome: 'invalid'; faults: Fault[] }
  | { outcome: 'previewed'; preview: Omit<SettingsPreview, 'notices'>; notices: Fault[] };

/** What saving the settings in `body` would change. Pure; a million registries take some seconds. */
export function previewSettings({ body, current, now }: PreviewRequest): Preview {
  const parsed = parseSettings(body);
  if (!parsed.ok) return { outcome: 'invalid', faults: parsed.faults };
  const settled = settleEnforceFrom(parsed.settings, current.enforceFrom, now);
  if ('fault' in settled) return { outcome: 'invalid', faults: [settled.fault] };
  const before = restoreSettings(current);
  const hosts = changedHosts(before.registries, settled.settings.registries);
  return {
    outcome: 'previewed',
    preview: { revision: current.revision, ...diffSettings(before, settled.settings), ...hosts, usage: null },
    notices: parsed.notices,
  };
}

/** The hosts and patterns of the lines that come or go which one of the two lists allows and the other does not. */
export function changedHosts(
  before: readonly RegistryEntry[],
  after: readonly RegistryEntry[],
): Pick<SettingsPreview, 'addedHosts' | 'removedHosts'> {
  const [now, then] = [rulesOf(before), rulesOf(after)];
  const listed = new Set(before.map(({ address }) => address));
  const kept = new Set(after.map(({ address }) => address));
  const onlyIn = (lines: readonly RegistryEntry[], other: Set<string>, allows: PolicyRules, denies: PolicyRules) => {
    const seen = new Set<string>();
    for (const { address } of lines) {
      if (other.has(address)) continue;
      for (const host of hostsOf(address)) if (isAllowed(allows, host) && !isAllowed(denies, host)) seen.add(host);
    }
    return { hosts: [...seen].slice(0, MAX_HOSTS), more: Math.max(0, seen.size - MAX_HOSTS) };
  };
  return { addedHosts: onlyIn(after, listed, then, now), removedHosts: onlyIn(before, kept, now, then) };
}

/** Enforced, whatever the mode: what the list itself allows. */
function rulesOf(registries: readonly RegistryEntry[]): PolicyRules {
  const claims = {
    iss: 'preview',
    org: 'preview',
    revision: 1,
    iat: 0,
    exp: 1,
    enabled: true,
    mode: 'enforce' as const,
  };
  return compilePolicy({ ...claims, registries: [...registries] }, 0);
}

/** A line itself and what the catalogue brings with it. */
function hostsOf(text: string): string[] {
  const address = parseAddress(text);
  if (!address.ok) return [];
  const brought = companionsOf(address.value).filter(({ optIn }) => !optIn);
  return [address.value.text, ...brought.map(({ host, port }) => withPort(host, port))];
}

function isAllowed(rules: PolicyRules, text: string): boolean {
  const address = parseAddress(text);
  if (!address.ok) return false;
  const { kind, host, port = DEFAULT_PORT } = address.value;
  return decide(rules, 'engine', kind === 'suffix' ? `${SOME_LABEL}.${host}` : host, port).allowed;
}
