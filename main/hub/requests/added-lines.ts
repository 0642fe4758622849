import { catalogueFor } from '../../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../../shared/hosts/address.ts';
import { withGrant } from '../../../shared/lists/grants.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import type { SettingsGrant, SettingsHint } from '../../../shared/schemas/hub/grants.ts';
import type { StoredSettings } from '../registry-access/document.ts';
import { hasLine } from './allowing-lines.ts';

/**
 * The stored list with these lines at its end, those it has already left out; a registry that everybody knows gets its name. The list is not
 * read: it may have a million lines.
 */
export function withLines(
  { registries }: Pick<StoredSettings, 'registries'>,
  addresses: readonly string[],
): Uint8Array {
  const added = addresses.filter((address) => !hasLine(registries, address)).map(asLine);
  if (added.length === 0) return registries;
  const list = Buffer.from(registries.buffer, registries.byteOffset, registries.byteLength);
  const isEmpty = list.length === '[]'.length;
  const lines = JSON.stringify(added).slice(1);
  return Buffer.concat([list.subarray(0, -1), Buffer.from(isEmpty ? lines : `,${lines}`)]);
}

/** The grants with one for each of these addresses. */
export function withGrants(
  { grants = [] }: Pick<StoredSettings, 'grants'>,
  addresses: readonly string[],
  limits: Pick<SettingsGrant, 'until' | 'teams'>,
): SettingsGrant[] {
  return addresses.reduce<SettingsGrant[]>(
    (all, address) => withGrant(all, { ...asLine(address), ...limits }),
    [...grants],
  );
}

/** The hints with this one, in place of any other for the address. */
export function withHint({ hints = [] }: Pick<StoredSettings, 'hints'>, hint: SettingsHint): SettingsHint[] {
  return [...hints.filter(({ address }) => address !== hint.address), hint];
}

function asLine(address: string): RegistryEntry {
  const parsed = parseAddress(address);
  const name = parsed.ok ? catalogueFor(parsed.value)?.row.name : undefined;
  return name === undefined ? { address } : { address, nickname: name };
}
