import { MAX_ADDRESS_UNITS, MAX_NICKNAME_UNITS, MAX_REGISTRIES, RegistryEntry } from './schema.ts';
import { firstIssue } from './signed-document.ts';

/** The first thing wrong with a policy's list by `RegistryEntry`, or null. */
export function registriesFault(registries: unknown): string | null {
  if (!Array.isArray(registries)) return 'registries: expected a list';
  if (registries.length > MAX_REGISTRIES)
    return `registries: ${registries.length} entries, at most ${MAX_REGISTRIES} allowed`;
  for (let i = 0; i < registries.length; i++) {
    const entry: unknown = registries[i];
    if (!isPlainEntry(entry)) {
      const parsed = RegistryEntry.safeParse(entry);
      if (!parsed.success) return `registries.${i}.${firstIssue(parsed.error)}`;
    }
  }
  return null;
}

/** Whether `RegistryEntry` takes it. By hand: a schema would copy a million lines. */
export function isPlainEntry(entry: unknown): entry is RegistryEntry {
  if (typeof entry !== 'object' || entry === null) return false;
  const { address, nickname } = entry as { address?: unknown; nickname?: unknown };
  if (typeof address !== 'string' || address.length < 1 || address.length > MAX_ADDRESS_UNITS) return false;
  return nickname === undefined || (typeof nickname === 'string' && nickname.length <= MAX_NICKNAME_UNITS);
}
