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

/** Whether only a registry answers at this host, by the catalogue; of what is below it, `dedicatedHosts` tells. */
export function isDedicated(host: string): boolean {
  if (exact.has(host)) return true;
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    if (suffixes.has(host.slice(dot + 1))) return true;
  }
  return (patterns.get(lastTwoLabels(host)) ?? []).some((candidate) => candidate.capture(host) !== null);
}

/** The dedicated ones among a host and its ancestors. */
export function dedicatedHosts(host: string): string[] {
  const found: string[] = [];
  for (let at = 0; ; ) {
    const name = host.slice(at);
    if (isDedicated(name)) found.push(name);
    const dot = host.indexOf('.', at);
    if (dot < 0) return found;
    at = dot + 1;
  }
}
