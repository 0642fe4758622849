import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';

/** An owner reads these; a list that was replaced wholesale is told by its number. */
const LISTED = 200;

/** What changed, one sentence each, for the activity list. Empty exactly when nothing did. */
export function describeChanges(before: RegistryAccessSettings, after: RegistryAccessSettings): string[] {
  const changes: string[] = [];
  if (before.enabled !== after.enabled) changes.push(`switched restrictions ${after.enabled ? 'on' : 'off'}`);
  if (before.mode !== after.mode) changes.push(`switched to ${after.mode}`);
  if (before.contact !== after.contact) {
    changes.push(after.contact === undefined ? 'removed the contact' : `changed the contact to ${after.contact}`);
  }

  const old = new Map(before.registries.map((entry) => [entry.address, entry]));
  const kept = new Set<string>();
  let more = 0;
  const push = (change: string): void => {
    if (changes.length < LISTED) changes.push(change);
    else more += 1;
  };
  for (const entry of after.registries) {
    const previous = old.get(entry.address);
    if (previous === undefined) {
      push(`added ${named(entry)}`);
    } else {
      kept.add(entry.address);
      if (previous.nickname !== entry.nickname)
        push(`renamed ${named(previous)} to ${entry.nickname ?? 'no nickname'}`);
    }
  }
  for (const entry of before.registries) {
    if (!kept.has(entry.address)) push(`removed ${named(entry)}`);
  }
  if (more > 0) changes.push(`and ${more} more`);

  const order = ({ registries }: RegistryAccessSettings): string[] => registries.map(({ address }) => address);
  if (changes.length === 0 && !sameItems(order(before), order(after))) changes.push('changed the order of the list');
  return changes;
}

function named({ address, nickname }: RegistryEntry): string {
  return nickname === undefined ? address : `${address} (${nickname})`;
}

function sameItems(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
