import { lastTwoLabels } from './look-up.ts';
import { type Pattern, pattern } from './pattern.ts';
import { REGISTRIES } from './registries.ts';

/** Every pattern of the catalogue at which only a registry answers. */
const DEDICATED: readonly string[] = [
  ...new Set(
    REGISTRIES.flatMap((row) => [
      ...(row.dedicated ? row.matches : []),
      ...row.companions.filter((companion) => companion.dedicated).map((companion) => companion.host),
    ]),
  ),
];

const exact = new Set<string>();
const suffixes = new Set<string>();
const patterns = new Map<string, Pattern[]>();
const tails = new Set<string>();
for (const text of DEDICATED) {
  const compiled = pattern(text);
  tails.add(compiled.tail);
  if (text.includes('<')) {
    const key = lastTwoLabels(compiled.tail);
    patterns.set(key, [...(patterns.get(key) ?? []), compiled]);
  } else if (text.startsWith('*.')) suffixes.add(text.slice(2));
  else exact.add(text);
}

/** The ends of all dedicated hosts: a host that is not at or below one of these is none. */
export const DEDICATED_TAILS: readonly string[] = [...tails];

/**
 * The hosts at which only a registry answers, by the catalogue, among a host and its ancestors; the longest first. Total: any
 * text of labels and dots will do.
 */
export function dedicatedHosts(host: string): string[] {
  const names = [host];
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) names.push(host.slice(dot + 1));
  // Everything before the last name that is a suffix is below one.
  const suffix = names.findLastIndex((name) => suffixes.has(name));
  const candidates = patterns.get(lastTwoLabels(host)) ?? [];
  return names.filter(
    (name, i) =>
      i < suffix ||
      exact.has(name) ||
      candidates.some((candidate) => candidate.labels === names.length - i && candidate.capture(name) !== null),
  );
}
