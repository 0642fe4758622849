import type { RegistryEntry } from '../policy/schema.ts';
import type { ChangeCounts, SettingsChange } from '../schemas/hub/changes.ts';
import type { RegistryAccessSettings } from '../schemas/hub-schema.ts';
import { diffExtras } from './diff-extras.ts';

/** Beyond these the changes are only counted: nobody reads a list that was replaced as a whole. */
const MAX_LISTED = 200;

export interface SettingsDiff {
  /** Empty only if nothing changed; the first 200 of them. */
  changes: SettingsChange[];
  counts: ChangeCounts;
}

/**
 * What changed between two settings. Both lists have canonical addresses, none twice.
 *
 * @param now milliseconds since 1970: a grant that is gone had expired by then, or was removed
 */
export function diffSettings(
  before: RegistryAccessSettings,
  after: RegistryAccessSettings,
  now = Number.NEGATIVE_INFINITY,
): SettingsDiff {
  const changes = diffSwitches(before, after);
  const counts = { added: 0, removed: 0, renamed: 0 };
  const unlisted = { added: 0, removed: 0, renamed: 0, others: 0 };
  const list = (change: SettingsChange & { kind: keyof ChangeCounts }): void => {
    counts[change.kind] += 1;
    if (changes.length < MAX_LISTED) changes.push(change);
    else unlisted[change.kind] += 1;
  };

  const previousByAddress = new Map(before.registries.map((entry) => [entry.address, entry]));
  const kept = new Set<string>();
  for (const entry of after.registries) {
    const previous = previousByAddress.get(entry.address);
    if (previous === undefined) {
      list({ kind: 'added', ...entry });
    } else {
      kept.add(entry.address);
      if (previous.nickname !== entry.nickname) {
        const [from, to] = [previous.nickname ?? null, entry.nickname ?? null];
        list({ kind: 'renamed', address: entry.address, from, to });
      }
    }
  }
  for (const entry of before.registries) if (!kept.has(entry.address)) list({ kind: 'removed', ...entry });
  const extras = diffExtras(before, after, now);
  const listed = Math.max(0, MAX_LISTED - changes.length);
  changes.push(...extras.slice(0, listed));
  unlisted.others = Math.max(0, extras.length - listed);
  if (Object.values(unlisted).some((count) => count > 0)) {
    const { others, ...lines } = unlisted;
    changes.push({ kind: 'more', ...lines, ...(others === 0 ? {} : { others }) });
  }
  if (changes.length === 0 && !sameOrder(before.registries, after.registries)) changes.push({ kind: 'reordered' });
  return { changes, counts };
}

function diffSwitches(before: RegistryAccessSettings, after: RegistryAccessSettings): SettingsChange[] {
  const changes: SettingsChange[] = [];
  if (before.enabled !== after.enabled) changes.push({ kind: 'restrictions', on: after.enabled });
  if (before.mode !== after.mode) changes.push({ kind: 'mode', from: before.mode, to: after.mode });
  const [from, to] = [before.enforceFrom ?? null, after.enforceFrom ?? null];
  if (from !== to) changes.push({ kind: 'enforce-from', from, to });
  if (before.contact !== after.contact) {
    changes.push({ kind: 'contact', from: before.contact ?? null, to: after.contact ?? null });
  }
  return changes;
}

function sameOrder(one: readonly RegistryEntry[], other: readonly RegistryEntry[]): boolean {
  return one.length === other.length && one.every(({ address }, index) => address === other[index]?.address);
}
