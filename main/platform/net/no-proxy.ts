import { BlockList, isIP } from 'node:net';

/** The proxy by which a URL is reached; null where it is reached without. */
export type ProxyFor = (url: URL) => URL | null;

/**
 * Whether a URL is reached without the proxy, by a `NO_PROXY` list as Go and curl read it, and so engines
 * (https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config): a name stands for itself and every name below it, `.name` and
 * `*.name` for those below it only, an address block (`10.0.0.0/8`, `fd00::/8`) for the addresses in it, `*` for everything. Each
 * but the last two may have a port. This machine itself is always reached without one.
 */
export function isDirect(url: URL, list: string): boolean {
  const host = bare(url.hostname.toLowerCase().replace(/\.$/, ''));
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || isInBlock(host, '127.0.0.0/8') || isInBlock(host, '::1/128')) return true;
  return list.split(',').some((entry) => matches(entry.trim().toLowerCase(), host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*' || isInBlock(host, entry)) return true;
  const { name, only } = partsOf(entry);
  if (name === '' || (only !== null && only !== port)) return false;
  if (isIP(name) !== 0) return isInBlock(host, `${name}/${isIP(name) === 4 ? 32 : 128}`);
  if (isIP(host) !== 0) return false;
  const suffix = name.replace(/^\*?\./, '');
  return host.endsWith(`.${suffix}`) || (suffix === name && host === name);
}

/** @returns the port that the entry is limited to; null for every port */
function partsOf(entry: string): { name: string; only: string | null } {
  if (isIP(entry) === 6) return { name: entry, only: null };
  const [, name = entry, only = null] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return { name: bare(name), only };
}

function isInBlock(host: string, block: string): boolean {
  const [address = '', length = ''] = block.split('/');
  const [own, other] = [isIP(host), isIP(address)];
  if (own === 0 || other === 0 || !/^\d{1,3}$/.test(length) || Number(length) > (other === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(length), other === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, own === 4 ? 'ipv4' : 'ipv6');
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
