import { parseAddress } from '../../shared/hosts/address.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { Where } from './as-owner.ts';
import { editSettings } from './hub-settings.ts';

/** @throws ProblemError for an invalid address, and those of `asOwner`. */
export async function allowRegistries(where: Where, texts: string[], nickname: string | undefined): Promise<void> {
  const addresses = addressesOf(texts);
  await editSettings(where, (settings) => {
    const listed = new Map(settings.registries.map((entry) => [entry.address, entry]));
    const changed = addresses.filter((address) => {
      const entry = listed.get(address);
      return entry === undefined || (nickname !== undefined && nickname !== entry.nickname);
    });
    if (changed.length === 0) return { unchanged: `Already allowed: ${addresses.join(', ')}.` };
    const entryOf = (address: string): RegistryEntry => ({ address, ...(nickname === undefined ? {} : { nickname }) });
    const kept = settings.registries.map((entry) => (changed.includes(entry.address) ? entryOf(entry.address) : entry));
    const appended = changed.filter((address) => !listed.has(address)).map(entryOf);
    return { ...settings, registries: [...kept, ...appended] };
  });
}

/** @throws ProblemError as `allowRegistries`. */
export async function disallowRegistries(where: Where, texts: string[]): Promise<void> {
  const addresses = addressesOf(texts);
  await editSettings(where, (settings) => {
    const registries = settings.registries.filter(({ address }) => !addresses.includes(address));
    if (registries.length < settings.registries.length) return { ...settings, registries };
    return { unchanged: `Not among the allowed registries: ${addresses.join(', ')}.` };
  });
}

function addressesOf(texts: string[]): string[] {
  const addresses = texts.map((text) => {
    const parsed = parseAddress(text);
    if (!parsed.ok) throw new ProblemError(parsed.problem);
    return parsed.value.text;
  });
  return [...new Set(addresses)];
}
