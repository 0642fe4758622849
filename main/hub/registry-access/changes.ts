import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';

/** Beyond these the changes are only counted: nobody reads a list that was replaced as a whole. */
const MAX_LISTED = 200;

/** What changed, one phrase each, for the activity list. Empty only if nothing changed. */
export function describeChanges(before: RegistryAccessSettings, after: RegistryAccessSettings): string[] {
  const changes: string[] = [];
  if (before.enabled !== after.enabled) changes.push(`turned restrictions ${after.enabled ? 'on' : 'off'}`);
  if (before.mode !== after.mode) changes.push(`switched to ${after.mode}`);
  if (before.contact !== after.contact) {
    changes.push(after.contact === undefined ? 'removed the contact' : `changed the contact to ${after.contact}`);
  }

  const previousByAddress = new Map(before.registries.map((entry) => [entry.address, entry]));
  const kept = new Set<string>();
  let unlisted = 0;
  const list = (change: string): void => {
    if (changes.length < MAX_LISTED) changes.push(change);
    else unlisted += 1;
  };
  for (const entry of after.registries) {
    const previous = previousByAddress.get(entry.address);
    if (previous === undefined) {
      list(`added ${named(entry)}`);
    } else {
      kept.add(entry.address);
      if (previous.nickname !== entry.nickname) list(renamed(previous, entry));
    }
  }
  for (const entry of before.registries) {
    if (!kept.has(entry.address)) list(`removed ${named(entry)}`);
  }
  if (unlisted > 0) changes.push(`and ${unlisted} more`);

  const order = ({ registries }: RegistryAccessSettings): string[] => registries.map(({ address }) => address);
  if (changes.length === 0 && !sameItems(order(before), order(after))) changes.push('reordered the registries');
  return changes;
}

function named({ address, nickname }: RegistryEntry): string {
  return nickname === undefined ? address : `${address} (${nickname})`;
}

function sameItems(one: string[], other: string[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

function renamed(previous: RegistryEntry, { nickname }: RegistryEntry): string {
  return nickname === undefined
    ? `removed the nickname of ${named(previous)}`
    : `renamed ${named(previous)} to ${nickname}`;
}
