import { catalogueFor } from '../../../../shared/catalogue/look-up.ts';
import { REGISTRIES } from '../../../../shared/catalogue/registries.ts';
import { normalizeHost } from '../../../../shared/hosts/host-name.ts';

export interface HostsEntry {
  /** From 1. */
  line: number;
  address: string;
  name: string;
}

const COMPANIONS = new Set(REGISTRIES.flatMap((row) => row.companions.map(({ host }) => host)));

/**
 * The lines of a hosts file (`hosts(5)`) that name a registry: one of the catalogue, a companion of one, or one that the
 * organization lists.
 */
export function registryEntries(content: string, isListed: (host: string) => boolean): HostsEntry[] {
  return content.split(/\r?\n/).flatMap((text, index) => {
    const [address, ...names] = (text.split('#', 1)[0] ?? '').trim().split(/\s+/);
    if (address === undefined || address === '') return [];
    return names.flatMap((name) => {
      const host = normalizeHost(name);
      if (host?.kind !== 'name' || !(isKnown(host.host) || isListed(host.host))) return [];
      return [{ line: index + 1, address, name }];
    });
  });
}

function isKnown(host: string): boolean {
  return COMPANIONS.has(host) || catalogueFor({ kind: 'exact', host }) !== null;
}
