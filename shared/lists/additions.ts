import type { RegistryEntry } from '../policy/schema.ts';
import type { Addition } from '../schemas/hub/registry-access.ts';

/** Who added a line, and when; null where nobody knows. */
export type Origin = Pick<Addition, 'by' | 'at'>;

const UNKNOWN: Origin = { by: null, at: null };

/** The origin of each line, by its address. Lines beyond the last run are unknown. */
export function originsByAddress(
  registries: readonly RegistryEntry[],
  additions: readonly Addition[],
): Map<string, Origin> {
  const origins = inOrder(additions);
  return new Map(registries.map(({ address }) => [address, origins.next().value ?? UNKNOWN]));
}

/** The runs after a list was changed: a line that stays keeps its origin, also where it was renamed or moved. */
export function nextAdditions(
  before: { registries: readonly RegistryEntry[]; additions: readonly Addition[] },
  registries: readonly RegistryEntry[],
  added: Origin,
): Addition[] {
  const origins = originsByAddress(before.registries, before.additions);
  const runs: Addition[] = [];
  for (const { address } of registries) {
    const { by, at } = origins.get(address) ?? added;
    const last = runs.at(-1);
    if (last !== undefined && last.by === by && last.at === at) last.count += 1;
    else runs.push({ by, at, count: 1 });
  }
  return runs;
}

function* inOrder(additions: readonly Addition[]): Generator<Origin, undefined> {
  for (const run of additions) for (let index = 0; index < run.count; index += 1) yield run;
}
