import { normalizeHost } from '../../../shared/hosts/host-name.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';

/** What a plain request asks for. */
export interface AbsoluteTarget extends SocketAddress {
  path: string;
  /** Host and port as they were written, for `Host`. */
  authority: string;
}

/** `host:port` (RFC 9112 section 3.2.3). The host in the spelling in which rules are written; null for anything else. */
export function parseAuthority(authority: string, defaultPort: number | null): SocketAddress | null {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,254}))(?::(\d{1,5}))?$/.exec(authority);
  if (!match) return null;
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port === null || port < 1 || port > 65535) return null;
  // What a URL parser or an upstream proxy could take for an address, `127.1` for one, is none here and no name either.
  const host = normalizeHost(match[1] ?? match[2] ?? '');
  return host === null ? null : { host: host.host, port };
}

/** `http://host[:port]/path?query` (RFC 9112 section 3.2.2). No user information, no other scheme. */
export function parseAbsolute(url: string): AbsoluteTarget | null {
  const match = /^http:\/\/([^/?#@\s]+)([/?][^#\s]*)?$/i.exec(url);
  const authority = match?.[1] ?? '';
  const target = parseAuthority(authority, 80);
  if (target === null) return null;
  const path = match?.[2] ?? '/';
  return { ...target, authority, path: path.startsWith('/') ? path : `/${path}` };
}
