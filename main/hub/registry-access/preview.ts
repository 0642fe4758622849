import { companionsOf } from '../../../shared/catalogue/look-up.ts';
import { decide } from '../../../shared/decide.ts';
import { DEFAULT_PORT, parseAddress } from '../../../shared/hosts/address.ts';
import { withPort } from '../../../shared/hosts/host-name.ts';
import { diffSettings } from '../../../shared/lists/diff-settings.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import type { PolicyRules } from '../../../shared/rule-set/compile.ts';
import type { SettingsPreview } from '../../../shared/schemas/hub/registry-access.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import type { StoredSettings } from './document.ts';
import type { Fault } from './fault.ts';
import { rulesOf } from './list-rules.ts';
import { type NewlyDecided, newlyDecided, type UsedHost } from './newly-decided.ts';
import { parseSettings } from './parse-settings.ts';
import { restoreSettings } from './revise.ts';
import { settleSettings, withoutOver } from './settle.ts';

const MAX_HOSTS = 1000;
/** A name below a suffix that no list has. */
const SOME_LABEL = 'portcullis-preview';

/** Plain data, because a large one is sent to a worker thread. */
export interface PreviewRequest {
  body: Uint8Array;
  current: StoredSettings;
  /** Those of the organization. */
  teams: readonly string[];
  /** What machines reported; null or left out where the hub has no usage data. */
  used?: readonly UsedHost[] | null;
  /** Milliseconds since 1970. */
  now: number;
}

export type Preview =
  | { outcome: 'invalid'; faults: Fault[] }
  | {
      outcome: 'previewed';
      preview: Omit<SettingsPreview, 'notices' | 'usage'>;
      newly: NewlyDecided | null;
      notices: Fault[];
    };

/** What saving the settings in `body` would change. Pure; a million registries take some seconds. */
export function previewSettings({ body, current, teams, used = null, now }: PreviewRequest): Preview {
  const parsed = parseSettings(body, new Set(teams));
  if (!parsed.ok) return { outcome: 'invalid', faults: parsed.faults };
  const before = restoreSettings(current);
  const settled = settleSettings(parsed.settings, before, now);
  if ('fault' in settled) return { outcome: 'invalid', faults: [settled.fault] };
  const isSame = diffSettings(before, settled.settings).changes.length === 0;
  const after = isSame ? before : withoutOver(settled.settings, now);
  const hosts = changedHosts(before.registries, after.registries);
  const limited = limitedHosts(withoutOver(before, now), after);
  return {
    outcome: 'previewed',
    preview: { revision: current.revision, ...diffSettings(before, after, now), ...hosts, ...limited },
    newly: used === null ? null : newlyDecided(used, withoutOver(before, now), after),
    notices: [...parsed.notices, ...settled.notices],
  };
}

/** The hosts that are allowed for a time or for teams, and not for everybody, before or after and not both. */
function limitedHosts(
  before: RegistryAccessSettings,
  after: RegistryAccessSettings,
): Pick<SettingsPreview, 'grantedHosts' | 'revokedHosts'> {
  const [then, now] = [addressesOf(before), addressesOf(after)];
  if (then.length === 0 && now.length === 0) return {};
  const { addedHosts, removedHosts } = changedHosts(then, now);
  const always = rulesOf(after.registries);
  const others = ({ hosts, more }: Hosts): Hosts => ({ hosts: hosts.filter((host) => !isAllowed(always, host)), more });
  return { grantedHosts: others(addedHosts), revokedHosts: others(removedHosts) };
}

type Hosts = SettingsPreview['addedHosts'];

function addressesOf({ grants = [] }: RegistryAccessSettings): RegistryEntry[] {
  return [...new Set(grants.map(({ address }) => address))].map((address) => ({ address }));
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
