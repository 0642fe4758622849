import { catalogueFor } from '../catalogue/look-up.ts';
import { REGISTRIES } from '../catalogue/registries.ts';
import { WEB_SITES } from '../catalogue/web-pages.ts';
import { printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import type { Problem } from '../problems/problem.ts';
import { type Address, parseAddress } from './address.ts';

/** What whoever enters an address should know, because it is not, or may not be, what they meant. */
export interface AddressNotice {
  problem: Problem;
  /** It should be confirmed before it is saved. */
  confirm: boolean;
}

/** Nearly every entry of a long list: a name with a dot and nothing around it. */
const ORDINARY = /^(?!xn--)[a-z0-9_-]+(?:\.(?!xn--)[a-z0-9_-]+)+$/;

/** The notices about an address as it was written. None for what is no address: `parseAddress` says what is wrong with that. */
export function addressNotices(written: string): AddressNotice[] {
  if (ORDINARY.test(written) && !WEB_SITES.has(written)) return [];
  const parsed = parseAddress(written);
  return parsed.ok ? noticesOf(written.trim(), parsed.value) : [];
}

function noticesOf(written: string, address: Address): AddressNotice[] {
  const { text, host, kind, port } = address;
  const notices: AddressNotice[] = [];
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(written)?.[1]?.toLowerCase() ?? '';
  const rest = scheme === '' ? written : written.slice(scheme.length + 3);
  const site = kind === 'exact' ? WEB_SITES.get(host) : undefined;
  const path = /[/?#\\].+$/s.exec(rest)?.[0];
  const portWritten = /^[^/?#\\]*:\d+(?:[/?#\\]|$)/.test(rest) && kind !== 'ip';

  if (site !== undefined) {
    notices.push({ problem: problem('address-web-site', { host, registry: site }), confirm: true });
  } else if (path !== undefined) {
    notices.push({
      problem: problem('address-path-dropped', { address: text, path: printable(path, 60) }),
      confirm: true,
    });
  }
  if (scheme === 'http' && port === 80 && !portWritten) {
    notices.push({ problem: problem('address-plain-http', { address: text }), confirm: false });
  }
  if (kind === 'exact' && !host.includes('.') && host !== 'localhost' && !portWritten) {
    const meant = meantBy(host);
    notices.push({
      problem: meant === null ? problem('address-no-dot', { host }) : problem('address-no-dot-meant', { host, meant }),
      confirm: true,
    });
  }
  if (kind === 'suffix' && catalogueFor({ kind: 'exact', host }) !== null && catalogueFor(address) === null) {
    notices.push({ problem: problem('address-below-only', { address: text, host }), confirm: true });
  }
  if (/(?:^|\.)xn--/.test(host)) {
    const like = latinLookAlike(written);
    notices.push({
      problem:
        like === null
          ? problem('address-letters', { written: printable(written), address: text })
          : problem('address-look-alike', { written: printable(written), address: text, like }),
      confirm: true,
    });
  }
  return notices;
}

/** The known registry that a name without a dot stands for: `gcr`, `quay`, `docker`. */
function meantBy(name: string): string | null {
  const hosts = REGISTRIES.flatMap(({ matches }) => matches).filter((host) => !/[<*]/.test(host));
  return (
    hosts.find((host) => host.split('.')[0] === name) ??
    REGISTRIES.find(({ id }) => id === name || id.split('-').includes(name))?.matches.find(
      (host) => !/[<*]/.test(host),
    ) ??
    null
  );
}

/** Letters of other scripts that look like a Latin one, lower case (a part of Unicode TR 39's confusables). */
const LIKE: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({
    a: 'аαɑ',
    b: 'ьЬ',
    c: 'сϲ',
    d: 'ԁ',
    e: 'еєҽ',
    g: 'ɡց',
    h: 'һհ',
    i: 'іιıɩ',
    j: 'јϳ',
    k: 'кκ',
    l: 'ӏⅼ',
    m: 'м',
    n: 'ոп',
    o: 'оοօ',
    p: 'рρ',
    q: 'ԛզ',
    r: 'гᴦ',
    s: 'ѕ',
    t: 'тτ',
    u: 'υսц',
    v: 'νѵ',
    w: 'ԝѡ',
    x: 'хχ',
    y: 'уγү',
    z: 'ᴢ',
  }).flatMap(([latin, others]) => [...others].map((other) => [other, latin])),
);

/** The known registry that a host looks like once its foreign letters are read as Latin ones. */
export function latinLookAlike(written: string): string | null {
  const latin = [...written.toLowerCase().normalize('NFKD')]
    .map((letter) => LIKE[letter] ?? letter)
    .join('')
    .replace(/\p{M}/gu, '');
  const parsed = parseAddress(latin);
  if (!parsed.ok || parsed.value.host.includes('xn--')) return null;
  return catalogueFor(parsed.value) === null ? null : parsed.value.host;
}
