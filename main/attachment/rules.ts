import { parseSocketAddress } from '../platform/net/socket-address.ts';
import { HEAD, INTERFACE, TABLE } from './names.ts';
import type { GatewayAddresses } from './record.ts';

/** Interfaces behind which containers are. Docker names those of user networks `br-` and twelve digits. */
const BRIDGES = ['docker0', 'br-*', 'docker_gwbridge', 'podman*', 'cni-podman*', 'cni0', 'nerdctl*'];

/** How deep the control group of an engine may lie: `system.slice/docker.service` is two. The guard script fills these sets. */
const DEPTHS = [2, 3, 4];

export type MachineDns = boolean | 'all';

export interface RulesOptions {
  readonly gateway: GatewayAddresses;
  /** Does the gateway run on this machine, with addresses that nobody else may reach? */
  readonly local: boolean;
  /** Can the kernel tell packets by control group? Without it only containers are covered here, and systemd's own filter holds the engine. */
  readonly byControlGroup: boolean;
  /**
   * Send the names that people and host-network containers ask for to the workload view too; `all` for those of everybody, which a guest
   * is for that has no gateway in it.
   */
  readonly machineDns: MachineDns;
  /** What the engine may reach besides, `10.0.0.9:12201`. */
  readonly allow: readonly string[];
}

/**
 * The nftables table of an attachment, for `nft -f`. Loading it again replaces it in one transaction.
 *
 * `engine_dns` sends the engine's own questions to the gateway, whatever resolver it asked. `engine_out` lets what the engine itself
 * begins reach the gateway, this machine and containers, and nothing else. Only replies are let through for being replies, so that a
 * download that was under way when the wall came up ends. `container_dns` sends the questions of containers to the workload view.
 *
 * Priorities: before Docker's DNAT (-100, so its embedded resolver and 127.0.0.53 are covered), and after it for what goes out.
 */
export function guardRules(options: RulesOptions): string {
  const { gateway, local, byControlGroup, machineDns, allow } = options;
  const ours = [...gateway.engine, ...gateway.workload];
  const proxies = [gateway.proxy];
  const withoutIpv6 = !gateway.workload.some(({ host }) => host.includes(':'));
  const lines: string[] = [
    HEAD,
    `table ${TABLE}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    `\tset bridges { type ifname; flags interval; elements = { ${BRIDGES.map(quoted).join(', ')} }; }`,
  ];
  if (byControlGroup) {
    for (const depth of DEPTHS) lines.push(`\tset engines_${depth} { typeof socket cgroupv2 level ${depth}; }`);
    lines.push(
      ...chain('engine_dns', 'type nat hook output priority -105; policy accept;', [
        ...DEPTHS.map((depth) => `socket cgroupv2 level ${depth} @engines_${depth} jump engine_questions`),
      ]),
      ...chain('engine_questions', null, redirect(gateway.engine, ours, local ? '' : 'oifname != "lo" ')),
      ...chain('engine_out', 'type filter hook output priority 5; policy accept;', [
        ...DEPTHS.map((depth) => `socket cgroupv2 level ${depth} @engines_${depth} jump engine`),
      ]),
      ...chain('engine', null, [
        'ct direction reply accept',
        'ct state related accept',
        ...gateway.engine.map(
          ({ host, port }) => `${family(host)} daddr ${host} meta l4proto { tcp, udp } th dport ${port} accept`,
        ),
        ...proxies.map(({ host, port }) => `${family(host)} daddr ${host} tcp dport ${port} accept`),
        ...allow
          .map(parseSocketAddress)
          .map(({ host, port }) => `${family(host)} daddr ${host} meta l4proto { tcp, udp } th dport ${port} accept`),
        'oifname "lo" accept',
        'oifname @bridges accept',
        // A connection that was there before the wall, or that is moved past it, ends at once instead of waiting for a time-out.
        'ct state established meta l4proto tcp counter reject with tcp reset',
        'counter reject with icmpx type admin-prohibited',
      ]),
    );
  }
  if (gateway.workload.length > 0) {
    lines.push(
      ...chain('container_dns', 'type nat hook prerouting priority -105; policy accept;', [
        'iifname @bridges jump container_questions',
      ]),
      ...chain('container_questions', null, redirect(gateway.workload, gateway.workload, '')),
      ...chain('container_out', 'type filter hook forward priority -5; policy accept;', [
        // What could not be sent to the gateway, for want of an address of that family; and DNS over TLS, which nobody can look into.
        ...(withoutIpv6
          ? ['iifname @bridges meta nfproto ipv6 meta l4proto { tcp, udp } th dport 53 counter reject']
          : []),
        'iifname @bridges meta l4proto { tcp, udp } th dport 853 counter reject',
      ]),
    );
    if (machineDns !== false) {
      const whose = machineDns === 'all' ? '' : 'meta skuid { 0, 1000-60000 } ';
      // A resolver of the machine's own, as systemd-resolved is, would ask for whoever asks it.
      const where = local ? '' : 'oifname != "lo" ';
      lines.push(
        ...chain('people_dns', 'type nat hook output priority -104; policy accept;', [
          `${whose}${where}jump people_questions`,
        ]),
        ...chain('people_questions', null, redirect(gateway.workload, ours, '')),
        ...chain('people_out', 'type filter hook output priority 5; policy accept;', [
          ...(withoutIpv6
            ? [`${whose}oifname != "lo" meta nfproto ipv6 meta l4proto { tcp, udp } th dport 53 counter reject`]
            : []),
          `${whose}oifname != "lo" meta l4proto { tcp, udp } th dport 853 counter reject`,
        ]),
      );
    }
  }
  if (local) {
    lines.push(
      ...chain('gateway_in', 'type filter hook input priority -5; policy accept;', [
        // The gateway's addresses belong to this machine and its containers. Nobody on the network has to reach them.
        ...[...new Set([...ours, ...proxies].map(({ host }) => host))].map(
          (host) =>
            `${family(host)} daddr ${host} iifname != { "lo", "${INTERFACE}" } iifname != @bridges counter drop`,
        ),
      ]),
    );
  }
  lines.push('}', '');
  return lines.join('\n');
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Questions to anybody but `spared` go to the first address of each family. A gateway that listens at other ports than 53 shares its
 * address with whatever else answers there, so that is not spared.
 */
function redirect(to: readonly Address[], spared: readonly Address[], condition: string): string[] {
  return ['ip', 'ip6'].flatMap((protocol) => {
    const target = to.find(({ host }) => family(host) === protocol);
    if (target === undefined) return [];
    const hosts = [...new Set(spared.filter(({ port }) => port === 53).map(({ host }) => host))].filter(
      (host) => family(host) === protocol,
    );
    const others =
      hosts.length > 0 ? `${protocol} daddr != { ${hosts.join(', ')} }` : `meta nfproto ${nfproto(protocol)}`;
    const at = protocol === 'ip6' ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
    return [`${condition}${others} meta l4proto { tcp, udp } th dport 53 counter dnat ${protocol} to ${at}`];
  });
}

function chain(name: string, hook: string | null, rules: readonly string[]): string[] {
  return [`\tchain ${name} {`, ...(hook === null ? [] : [`\t\t${hook}`]), ...rules.map((rule) => `\t\t${rule}`), '\t}'];
}

function family(host: string): 'ip' | 'ip6' {
  return host.includes(':') ? 'ip6' : 'ip';
}

function nfproto(protocol: string): string {
  return protocol === 'ip6' ? 'ipv6' : 'ipv4';
}

function quoted(name: string): string {
  return `"${name}"`;
}
