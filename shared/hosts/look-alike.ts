import { catalogueFor } from '../catalogue/look-up.ts';
import { REGISTRIES } from '../catalogue/registries.ts';
import { latinLookAlike } from './address-notices.ts';

/** Characters of ASCII that are read as another one at a glance. */
const READ_AS: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/cl/g, 'd'],
  [/[1i|]/g, 'l'],
  [/0/g, 'o'],
  [/5/g, 's'],
];

/** Shorter names are near to too many others. */
const SHORTEST = 6;

/** The hosts of registries that people type; the shortest first, so that `gcr.io` is named rather than `eu.gcr.io`. */
const KNOWN = REGISTRIES.flatMap(({ matches }) => matches)
  .filter((host) => !/[<*]/.test(host))
  .sort((one, two) => one.length - two.length || (one < two ? -1 : 1));
const BROUGHT = new Set(REGISTRIES.flatMap(({ companions }) => companions.map(({ host }) => host)));

/**
 * The known registry that a host may be meant to be taken for: letters of another script (`dосker.io`), characters that look alike (`d0cker.io`),
 * one letter too many, too few, exchanged or swapped (`ghrc.io`), its name in front of another domain (`docker.io.example.com`) or below
 * another top-level domain (`ghcr.dev`). null for what the catalogue knows itself.
 *
 * @param host lower-case A-labels, as `normalizeHost` spells it
 * @param unicode the same in letters
 */
export function lookAlikeOf(host: string, unicode: string = host): string | null {
  if (catalogueFor({ kind: 'exact', host }) !== null || BROUGHT.has(host)) return null;
  if (unicode !== host) {
    const foreign = latinLookAlike(unicode);
    if (foreign !== null) return foreign;
  }
  const read = asRead(host);
  return (
    KNOWN.find((known) => asRead(known) === read) ??
    KNOWN.find((known) => isInFrontOf(known, host) || differsInTheEnd(known, host)) ??
    KNOWN.find((known) => known.length >= SHORTEST && isOneSlipFrom(known, host)) ??
    null
  );
}

function asRead(host: string): string {
  return READ_AS.reduce((text, [seen, as]) => text.replaceAll(seen, as), host);
}

/** `docker.io.example.com`, `ghcr-io.example.com`. */
function isInFrontOf(known: string, host: string): boolean {
  return [known, known.replaceAll('.', '-')].some(
    (front) => host.startsWith(`${front}.`) || host.startsWith(`${front}-`),
  );
}

/** `ghcr.dev` for `ghcr.io`. */
function differsInTheEnd(known: string, host: string): boolean {
  return withoutEnd(known) === withoutEnd(host);
}

function withoutEnd(host: string): string {
  return host.slice(0, Math.max(0, host.lastIndexOf('.')));
}

/** One character added, left out, exchanged, or two neighbours swapped. */
function isOneSlipFrom(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  const [rest, otherRest] = [one.slice(start), other.slice(start)];
  if (rest.length > otherRest.length) return rest.slice(1) === otherRest;
  if (rest.length < otherRest.length) return rest === otherRest.slice(1);
  if (rest.slice(1) === otherRest.slice(1)) return true;
  return rest[0] === otherRest[1] && rest[1] === otherRest[0] && rest.slice(2) === otherRest.slice(2);
}
