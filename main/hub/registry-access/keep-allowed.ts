import { detail } from '../../../shared/activity/details.ts';
import { catalogueFor } from '../../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../../shared/hosts/address.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import type { ActivityDetail } from '../../../shared/schemas/hub/activity.ts';

/** What registries of the catalogue, by id, once brought by themselves and no longer do. */
const BROUGHT_BEFORE: Readonly<Record<string, string>> = {
  'google-container-registry': 'storage.googleapis.com',
  'google-artifact-registry': 'storage.googleapis.com',
};

/**
 * Lines that keep allowed what a list of an earlier version allowed without showing it, so that an upgrade blocks nothing, and what the
 * activity says of each. It also names hosts that stay allowed with a registry although anyone can publish there.
 */
export function keepAllowed(registries: readonly RegistryEntry[]): {
  added: RegistryEntry[];
  details: ActivityDetail[];
} {
  const listed = new Set(registries.map(({ address }) => address));
  const added = new Map<string, string>();
  const open = new Map<string, string>();
  for (const { address } of registries) {
    const parsed = parseAddress(address);
    const known = parsed.ok ? catalogueFor(parsed.value) : null;
    if (known === null) continue;
    const before = BROUGHT_BEFORE[known.row.id];
    if (before !== undefined && !listed.has(before) && !added.has(before)) added.set(before, address);
    for (const { host, open: isOpen } of known.companions) {
      if (isOpen && !listed.has(host) && !open.has(host)) open.set(host, address);
    }
  }
  return {
    added: [...added].map(([host, by]) => ({ address: host, nickname: `allowed with ${by} before` })),
    details: [
      ...[...added].map(([host, registry]) => detail('upgrade-added', { host, registry })),
      ...[...open].map(([host, registry]) => detail('upgrade-still-allowed', { host, registry })),
    ],
  };
}
