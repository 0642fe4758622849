import { parseAddress } from '../../shared/hosts/address.ts';
import { withPort } from '../../shared/hosts/host-name.ts';

const POLICIES = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\WSL';
const ALLOWLIST = `${POLICIES}\\WSLContainerRegistryAllowlist`;

export interface WslAllowlist {
  /** A file for the Registry Editor: UTF-16 with a byte order mark, lines ending with CR LF. */
  readonly content: Buffer;
  /** What is allowed in WSL containers; none: they are forbidden. */
  readonly registries: readonly string[];
  /** What WSL's list cannot hold, and so blocks. */
  readonly left: readonly string[];
}

/**
 * The organization's list as the policy of WSL containers (`wslc`), which compares whole host names. An empty list would allow every
 * registry there (`IsRegistryAllowed` in WSL's wslpolicies.h), so containers are forbidden instead; and while the list is replaced, they are.
 *
 * @param addresses lines of the list
 */
export function wslAllowlist(addresses: readonly string[]): WslAllowlist {
  const registries = new Set<string>();
  const left: string[] = [];
  for (const line of addresses) {
    const parsed = parseAddress(line);
    if (!parsed.ok || parsed.value.kind === 'suffix') left.push(line);
    else registries.add(spelled(parsed.value));
  }
  const key = [`[${POLICIES}]`];
  const lines = [
    'Windows Registry Editor Version 5.00',
    '',
    ...[...key, '"AllowWSLContainer"=dword:00000000', ''],
    // With all that an earlier list had.
    ...[`[-${ALLOWLIST}]`, ''],
    ...(registries.size === 0
      ? []
      : [
          `[${ALLOWLIST}]`,
          ...[...registries].map((registry, index) => `"AllowedRegistry${index + 1}"="${registry}"`),
          '',
          ...[...key, '"AllowWSLContainer"=dword:00000001', ''],
        ]),
  ];
  return { content: Buffer.from(`\ufeff${lines.join('\r\n')}\r\n`, 'utf16le'), registries: [...registries], left };
}

/** As image references write it. */
function spelled({ host, port }: { host: string; port?: number }): string {
  return port === undefined && host.includes(':') ? `[${host}]` : withPort(host, port);
}
