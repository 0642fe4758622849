import { domainToUnicode } from 'node:url';
import type { Companion } from '../../../shared/catalogue/catalogue-row.ts';
import { catalogueFor, companionsOf } from '../../../shared/catalogue/look-up.ts';
import { isLineFor } from '../../../shared/catalogue/opt-in.ts';
import { REGISTRIES } from '../../../shared/catalogue/registries.ts';
import { type Address, DEFAULT_PORT, parseAddress } from '../../../shared/hosts/address.ts';
import { addressNotices } from '../../../shared/hosts/address-notices.ts';
import { withPort } from '../../../shared/hosts/host-name.ts';
import { lookAlikeOf } from '../../../shared/hosts/look-alike.ts';
import { PROBE_SUFFIX } from '../../../shared/probe-names.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { NeededHost, RequestedHost } from '../../../shared/schemas/hub/requests.ts';

/** One registry, and nothing that stands for others. */
export interface HostAsked {
  address: Address;
  /** `gcr.io`, `registry.example:5000`: the one spelling under which people ask for it. */
  text: string;
}

/** Whatever is more than `host` or `host:port`: a scheme, a path, a user, a pattern, white space. */
const MORE_THAN_A_HOST = /[\s/\\?#@*%]/u;

/** @returns null for what is no host, or more than one */
export function hostAsked(written: string): HostAsked | null {
  if (MORE_THAN_A_HOST.test(written)) return null;
  const parsed = parseAddress(written);
  if (!parsed.ok || parsed.value.kind === 'suffix' || isProbe(parsed.value.host)) return null;
  const { port, ...rest } = parsed.value;
  const only = port === undefined || port === DEFAULT_PORT ? {} : { port };
  const text = withPort(rest.host, only.port);
  return { address: { ...rest, ...only, text }, text };
}

/** Nothing can allow the names of probes. */
function isProbe(host: string): boolean {
  return `.${host}`.endsWith(`.${PROBE_SUFFIX}`);
}

export type HostDescription = Pick<RequestedHost, 'unicode' | 'name' | 'needs' | 'lookAlike' | 'notices'>;

/** What the catalogue and the rules about addresses say about a host that somebody asks for. Pure. */
export function describeHost({ address, text }: HostAsked): HostDescription {
  const { kind, host } = address;
  const unicode = kind === 'ip' ? host : domainToUnicode(host);
  const lookAlike = kind === 'ip' ? null : lookAlikeOf(host, unicode);
  const notices = addressNotices(withPort(unicode, address.port))
    .filter(({ problem }) => problem.code !== 'address-look-alike' || lookAlike === null)
    .map(({ problem }): Problem => problem);
  const name = catalogueFor(address)?.row.name;
  const isClear = lookAlike === null && notices.length === 0;
  return {
    ...(unicode === host ? {} : { unicode: withPort(unicode, address.port) }),
    ...(name === undefined ? {} : { name }),
    needs: neededHosts({ address, text }).map((need) => ({ ...need, preselected: need.preselected && isClear })),
    lookAlike,
    notices,
  };
}

function neededHosts({ address, text }: HostAsked): NeededHost[] {
  const registry = (line: string, preselected: boolean): NeededHost => ({
    ...{ address: line, broad: false, preselected, included: false, why: 'registry' },
  });
  if (catalogueFor(address) !== null) return [registry(text, true), ...companionsOf(address).map(asNeeded)];
  const { allowing, broad } = broughtBy(address);
  // A host of a known registry: the registry is what to allow, and brings it.
  const lines = [...new Set(allowing.map(({ line }) => line))];
  const [{ companion } = {}] = allowing;
  if (companion !== undefined) {
    return [...lines.map((line) => registry(line, lines.length === 1)), { ...asNeeded(companion), address: text }];
  }
  if (broad !== undefined) return [{ ...asNeeded(broad), address: text, broad: true, included: false }];
  return [registry(text, true)];
}

function asNeeded({ host, port, purpose, optIn, open, note }: Companion): NeededHost {
  return {
    address: withPort(host, port),
    broad: optIn === true || open === true,
    preselected: false,
    included: optIn !== true,
    why: purpose,
    ...(note === undefined ? {} : { note }),
  };
}

/** The known registries whose lines allow this host, and the entry of the catalogue that calls it too broad for that. */
function broughtBy({ kind, host, port }: Address): {
  allowing: { line: string; companion: Companion }[];
  broad: Companion | undefined;
} {
  const allowing: { line: string; companion: Companion }[] = [];
  let broad: Companion | undefined;
  if (kind === 'ip') return { allowing, broad };
  for (const { matches, companions } of REGISTRIES) {
    for (const companion of companions) {
      if ((companion.port ?? DEFAULT_PORT) !== (port ?? DEFAULT_PORT)) continue;
      if (companion.optIn === true) {
        if (isLineFor(host, companion.host)) broad ??= companion;
      } else if (companion.host === host) {
        const line = matches.find((match) => !/[<*]/.test(match));
        if (line !== undefined) allowing.push({ line, companion });
      }
    }
  }
  return { allowing, broad };
}
