import { parseAddress } from '../../shared/hosts/address.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { Where } from './as-owner.ts';
import { editSettings } from './hub-settings.ts';

/** @throws ProblemError for an address that is none, and for whatever the hub refuses. */
export async function allowRegistries(where: Where, texts: string[], nickname: string | undefined): Promise<void> {
  const addresses = addressesOf(texts);
  await editSettings(where, (settings) => {
    const listed = new Map(settings.registries.map((entry) => [entry.address, entry]));
    const news = addresses.filter((address) => {
      const entry = listed.get(address);
      return entry === undefined || (nickname !== undefined && nickname !== entry.nickname);
    });
    if (news.length === 0) return { unchanged: `${addresses.join(', ')} ${are(addresses)} on the list already` };
    const entryOf = (address: string): RegistryEntry => ({ address, ...(nickname === undefined ? {} : { nickname }) });
    const kept = settings.registries.map((entry) => (news.includes(entry.address) ? entryOf(entry.address) : entry));
    const added = news.filter((address) => !listed.has(address)).map(entryOf);
    return { ...settings, registries: [...kept, ...added] };
  });
}

/** @throws ProblemError as `allowRegistries`. */
export async function disallowRegistries(where: Where, texts: string[]): Promise<void> {
  const addresses = addressesOf(texts);
  await editSettings(where, (settings) => {
    const registries = settings.registries.filter(({ address }) => !addresses.includes(address));
    if (registries.length < settings.registries.length) return { ...settings, registries };
    return { unchanged: `${addresses.join(', ')} ${are(addresses)} not on the list` };
  });
}

function addressesOf(texts: string[]): string[] {
  const addresses = texts.map((text) => {
    const judged = parseAddress(text);
    if (!judged.ok) throw new ProblemError(judged.problem);
    return judged.value.text;
  });
  return [...new Set(addresses)];
}

const are = (addresses: readonly string[]): string => (addresses.length === 1 ? 'is' : 'are');
