import { z } from 'zod';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { GatewayConfig } from '../../shared/schemas/control-schema.ts';
import { parseStrictJson } from '../platform/fs/strict-json.ts';
import { type Block, CANDIDATES, freeSubnet, parseBlock } from '../platform/net/free-subnet.ts';
import { parseSocketAddress } from '../platform/net/socket-address.ts';
import { runOrThrow } from '../platform/process/run-command.ts';
import type { DesiredFile } from './files.ts';
import type { Machine } from './machine.ts';
import { INTERFACE } from './names.ts';
import type { AttachmentRecord, GatewayAddresses } from './record.ts';

export const GATEWAY_CONFIG = '/etc/portcullis/gateway.json';

/** Where an engine is to find the gateway, and what has to be made for that. */
export interface GatewayPlan extends Pick<AttachmentRecord, 'gateway' | 'local' | 'addresses'> {
  /** The gateway's own configuration, where the machine has none yet. */
  readonly config: DesiredFile | null;
  /** Does it run on this machine as root, and not as a user of its own? */
  readonly runsAsRoot: boolean;
}

/** As on the command line: `10.0.0.1:53`. */
export interface RemoteGateway {
  readonly engine: readonly string[];
  readonly workload: readonly string[];
  readonly proxy: string;
}

/**
 * The addresses of a gateway elsewhere where they are given; else those of this machine's `gateway.json`; and where it has none, new ones
 * that nothing on the machine uses.
 *
 * @throws ProblemError `bad-address`, `attachment-gateway-config`, `no-free-subnet`
 */
export async function planGateway(machine: Machine, remote: RemoteGateway | null): Promise<GatewayPlan> {
  if (remote !== null) {
    const gateway: GatewayAddresses = {
      engine: remote.engine.map(parseSocketAddress),
      workload: remote.workload.map(parseSocketAddress),
      proxy: parseSocketAddress(remote.proxy),
    };
    return { gateway, local: false, addresses: [], config: null, runsAsRoot: false };
  }
  const present = await machine.read(GATEWAY_CONFIG);
  const used = await usedAddresses(machine);
  if (present !== null) {
    const { gateway, user } = readGateway(present);
    const hosts = [...new Set([...gateway.engine, ...gateway.workload, gateway.proxy].map(({ host }) => host))];
    return {
      ...{ gateway, local: true, config: null, runsAsRoot: user === undefined },
      // Those that another part of the system gives the machine are left to it.
      addresses: hosts
        .filter((host) => !used.ours.has(host) || used.onInterface.has(host))
        .map(withLength)
        .sort(),
    };
  }
  const block = freeSubnet(used.networks, new Set());
  if (block === null) throw new ProblemError(problem('no-free-subnet', CANDIDATES));
  const [engine, workload] = [`${block}.1`, `${block}.3`];
  const [engine6, workload6] = ['fd70:6f72:7463::1', 'fd70:6f72:7463::3'];
  const hosts = used.hasIpv6 ? [engine, workload, engine6, workload6] : [engine, workload];
  const at53 = (host: string) => (host.includes(':') ? `[${host}]:53` : `${host}:53`);
  const engineHosts = hosts.filter((host) => host === engine || host === engine6);
  const workloadHosts = hosts.filter((host) => host === workload || host === workload6);
  const content = {
    stateDir: '/var/lib/portcullis',
    control: '/run/portcullis/control.sock',
    dns: { engine: engineHosts.map(at53), workload: workloadHosts.map(at53) },
    proxy: [`${engine}:3128`],
    // This machine and its containers. Nobody else reaches these addresses: the wall drops what comes from another interface.
    allowFrom: [
      `${block}.0/24`,
      // What was asked of a resolver on loopback, as systemd-resolved is, and is led here.
      '127.0.0.0/8',
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      ...(used.hasIpv6 ? ['::1/128', 'fc00::/7', 'fe80::/10'] : []),
    ],
    user: 'portcullis',
  };
  return {
    gateway: {
      engine: content.dns.engine.map(parseSocketAddress),
      workload: content.dns.workload.map(parseSocketAddress),
      proxy: { host: engine, port: 3128 },
    },
    local: true,
    addresses: hosts.map(withLength).sort(),
    runsAsRoot: false,
    config: { path: GATEWAY_CONFIG, content: `${JSON.stringify(content, null, 2)}\n`, mode: 0o644 },
  };
}

function readGateway(text: string): { gateway: GatewayAddresses; user: string | undefined } {
  const bad = (cause: string) =>
    new ProblemError(problem('attachment-gateway-config', { file: GATEWAY_CONFIG }, { cause }));
  const json = parseStrictJson(Buffer.from(text));
  if (!json.ok) throw bad(json.problem.message);
  const parsed = GatewayConfig.safeParse(json.value.value);
  if (!parsed.success) throw bad(z.prettifyError(parsed.error).split('\n')[0] ?? '');
  const { dns, proxy, user } = parsed.data;
  const [first] = proxy;
  if (first === undefined) throw bad('"proxy" is empty; an engine needs one to show why a pull was blocked');
  const gateway = {
    engine: dns.engine.map(parseSocketAddress),
    workload: dns.workload.map(parseSocketAddress),
    proxy: parseSocketAddress(first),
  };
  const loopback = [...gateway.engine, ...gateway.workload, gateway.proxy].find(({ host }) =>
    /^127\.|^::1$/.test(host),
  );
  if (loopback !== undefined) throw bad(`${loopback.host} is a loopback address, which containers cannot reach`);
  return { gateway, user };
}

interface Used {
  /** Addresses of any interface. */
  readonly ours: ReadonlySet<string>;
  /** Those among them that an earlier attachment has made. */
  readonly onInterface: ReadonlySet<string>;
  /** IPv4 networks with a route, but for those of an earlier attachment. */
  readonly networks: readonly Block[];
  readonly hasIpv6: boolean;
}

const Interfaces = z.array(
  z.object({
    ifname: z.string().optional(),
    addr_info: z.array(z.object({ local: z.string().optional(), family: z.string().optional() })).default([]),
  }),
);
const Routes = z.array(z.object({ dst: z.string(), dev: z.string().optional() }));

async function usedAddresses({ run }: Machine): Promise<Used> {
  const json = async (...command: string[]): Promise<unknown> =>
    JSON.parse((await runOrThrow(run, ['ip', '-json', ...command])).stdout.trim() || '[]');
  const interfaces = Interfaces.parse(await json('address', 'show'));
  const routes = Routes.parse(await json('-4', 'route', 'show', 'table', 'all'));
  const local = (only?: string): string[] =>
    interfaces
      .filter(({ ifname }) => only === undefined || ifname === only)
      .flatMap(({ addr_info }) => addr_info.map((info) => info.local ?? ''));
  return {
    ours: new Set(local()),
    onInterface: new Set(local(INTERFACE)),
    networks: routes
      .filter(({ dev }) => dev !== INTERFACE)
      .map(({ dst }) => parseBlock(dst))
      .filter((network) => network !== null),
    hasIpv6: interfaces.some(({ addr_info }) => addr_info.some(({ family }) => family === 'inet6')),
  };
}

function withLength(host: string): string {
  return host.includes(':') ? `${host}/128` : `${host}/32`;
}
