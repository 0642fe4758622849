import { parseAddress } from '../../shared/hosts/address.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { Where } from './as-owner.ts';
import { confirmNotices } from './confirm-notices.ts';
import { describeAdded, termsOf } from './describe-change.ts';
import { editSettings } from './hub-settings.ts';

export interface Entered {
  addresses: string[];
  nickname?: string | undefined;
  /** Goes on whatever there is to say about the addresses. */
  yes?: boolean | undefined;
}

/** @throws ProblemError for an invalid address, `addresses-unconfirmed`, and those of `asOwner`. */
export async function allowRegistries(where: Where, entered: Entered): Promise<void> {
  const { nickname } = entered;
  const addresses = addressesOf(entered.addresses);
  await confirmNotices(entered.addresses, { yes: entered.yes ?? false });
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
    const registries = [...kept, ...appended];
    const renamed = changed.flatMap((address) => listed.get(address) ?? []);
    return {
      settings: { ...settings, registries },
      said: [
        ...appended.flatMap((entry) => describeAdded(entry, registries)),
        ...renamed.map(({ address }) => `  ~ ${address} is now called ${nickname}`),
        ...undo(where, 'disallow', appended),
        ...renamed.flatMap((entry) => undo(where, 'allow', [entry])),
      ],
    };
  });
}

/** @throws ProblemError as `allowRegistries`. */
export async function disallowRegistries(where: Where, entered: Entered): Promise<void> {
  const addresses = addressesOf(entered.addresses);
  // A useless entry is removed as it was added; but a path would remove more than it names.
  await confirmNotices(entered.addresses, {
    yes: entered.yes ?? false,
    applies: (code) => code === 'address-path-dropped',
  });
  await editSettings(where, (settings) => {
    const registries = settings.registries.filter(({ address }) => !addresses.includes(address));
    const removed = settings.registries.filter(({ address }) => addresses.includes(address));
    const limited = (settings.grants ?? []).filter(({ address }) => addresses.includes(address));
    if (limited.length > 0) {
      const grants = settings.grants?.filter(({ address }) => !addresses.includes(address)) ?? [];
      const gone = limited.map((grant) => `  - ${grant.address} ${termsOf(grant)}`);
      return { settings: { ...settings, registries, grants }, said: [...removed.map(lineOf), ...gone], undo: true };
    }
    if (removed.length === 0) return { unchanged: `Not among the allowed registries: ${addresses.join(', ')}.` };
    return {
      settings: { ...settings, registries },
      said: [...removed.map(lineOf), ...removed.flatMap((entry) => undo(where, 'allow', [entry]))],
    };
  });
}

function lineOf({ address, nickname }: RegistryEntry): string {
  return `  - ${address}${nickname === undefined ? '' : ` (${nickname})`}`;
}

/** The command that takes a change back. */
function undo({ hub, org }: Where, command: 'allow' | 'disallow', entries: readonly RegistryEntry[]): string[] {
  if (entries.length === 0) return [];
  const [{ nickname } = {}] = entries;
  const words = [
    'portcullis hub',
    command,
    ...entries.map(({ address }) => quoted(address)),
    ...(command === 'allow' && nickname !== undefined ? ['--nickname', quoted(nickname)] : []),
    ...(hub === undefined ? [] : ['--hub', quoted(hub)]),
    ...(org === undefined ? [] : ['--org', quoted(org)]),
  ];
  return [`To undo: ${words.join(' ')}`];
}

/** A word of a POSIX shell. */
function quoted(word: string): string {
  return /^[\w.:/@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export function addressesOf(texts: string[]): string[] {
  const addresses = texts.map((text) => {
    const parsed = parseAddress(text);
    if (!parsed.ok) throw new ProblemError(parsed.problem);
    return parsed.value.text;
  });
  return [...new Set(addresses)];
}
