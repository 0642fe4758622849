import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProcess } from '../support/background-process.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startUnbound, waitUntilAnswering } from '../support/unbound.ts';
import { OWN_ADDRESS } from './namespace.ts';
import { allowedHosts, CACHED_ZONE, FORWARDED_ZONE } from './world.ts';

const UPSTREAM = '127.0.0.1:5300';

/** A DNS server under load. */
export interface Server {
  name: string;
  threads: number;
  address: string;
  pid: number;
  stop(): Promise<void>;
}

/** The resolver that all of them forward to: every name of the two zones is there. */
export async function startUpstream(folder: string): Promise<Server> {
  const lines = [
    `local-zone: "${CACHED_ZONE}." redirect`,
    `local-data: "${CACHED_ZONE}. 300 A ${OWN_ADDRESS}"`,
    `local-zone: "${FORWARDED_ZONE}." redirect`,
    `local-data: "${FORWARDED_ZONE}. 0 A ${OWN_ADDRESS}"`,
  ];
  const server = await startUnbound({ folder: join(folder, 'upstream'), address: UPSTREAM, lines });
  return { name: 'upstream', threads: 1, address: UPSTREAM, pid: server.pid, stop: () => server.stop() };
}

export interface OurServer extends Server {
  proxy: string;
  gateway: TestGateway;
}

export async function startOurs(hosts: number, threads: number): Promise<OurServer> {
  const gateway = await startGateway({ upstreams: [UPSTREAM], config: { workers: threads } });
  try {
    await gateway.program({ registries: allowedHosts(hosts).map((address) => ({ address })) });
    const { listeners } = await gateway.status();
    return {
      name: 'portcullis',
      threads,
      address: listeners.dns.engine[0] ?? '',
      proxy: listeners.proxy[0] ?? '',
      pid: gateway.pid,
      gateway,
      stop: () => gateway.stop(),
    };
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}

/** The same rules for unbound: nothing is there but what lies at or below an allowed host. */
export async function startTheirUnbound(folder: string, hosts: number, threads: number): Promise<Server> {
  const address = `127.0.0.1:${5310 + threads}`;
  const lines = [
    'local-zone: "." always_nxdomain',
    ...allowedHosts(hosts).map((host) => `local-zone: "${host}." transparent`),
  ];
  const server = await startUnbound({
    folder: join(folder, `unbound-${threads}`),
    address,
    threads,
    upstream: UPSTREAM,
    lines,
  });
  return { name: 'unbound', threads, address, pid: server.pid, stop: () => server.stop() };
}

/** And for dnsmasq, which has one thread. */
export async function startDnsmasq(folder: string, hosts: number): Promise<Server> {
  const address = '127.0.0.1:5320';
  const [host, port] = address.split(':');
  const file = join(folder, 'dnsmasq.conf');
  await mkdir(folder, { recursive: true });
  const text = [
    `port=${port}`,
    `listen-address=${host}`,
    'bind-interfaces',
    'no-resolv',
    'no-hosts',
    'user=root',
    'pid-file=',
    // The usual 150 would not hold the names that are asked.
    'cache-size=10000',
    'max-cache-ttl=60',
    // NXDOMAIN for all that no line below sends on.
    'address=/#/',
    ...allowedHosts(hosts).map((name) => `server=/${name}/${UPSTREAM.replace(':', '#')}`),
    '',
  ];
  await writeFile(file, text.join('\n'));
  const server = await startProcess(['dnsmasq', '--keep-in-foreground', `--conf-file=${file}`]);
  try {
    await waitUntilAnswering('dnsmasq', server, address);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { name: 'dnsmasq', threads: 1, address, pid: server.pid, stop: () => server.stop() };
}

/** And for dnsdist, a load balancer that reads and sends in batches as we do; it has no cache here. */
export async function startDnsdist(folder: string, hosts: number, threads: number): Promise<Server> {
  const address = `127.0.0.1:${5330 + threads}`;
  const inFolder = join(folder, `dnsdist-${threads}`);
  await mkdir(inFolder, { recursive: true });
  const names = join(inFolder, 'names');
  await writeFile(names, `${allowedHosts(hosts).join('\n')}\n`);
  const file = join(inFolder, 'dnsdist.conf');
  const listen = `('${address}', { reusePort = true })\n`;
  const text = [
    'setSecurityPollSuffix("")',
    // The fastest setting: as many questions a system call as ours.
    'setUDPMultipleMessagesVectorSize(64)',
    `setLocal${listen}${`addLocal${listen}`.repeat(threads - 1)}`,
    "setACL('127.0.0.0/8')",
    `newServer({ address = '${UPSTREAM}' })`,
    'local allowed = newSuffixMatchNode()',
    `for name in io.lines('${names}') do allowed:add(newDNSName(name)) end`,
    'addAction(NotRule(SuffixMatchNodeRule(allowed)), RCodeAction(DNSRCode.NXDOMAIN))',
    '',
  ].join('\n');
  await writeFile(file, text);
  const server = await startProcess(['dnsdist', '--supervised', '--disable-syslog', '--config', file]);
  try {
    await waitUntilAnswering('dnsdist', server, address);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { name: 'dnsdist', threads, address, pid: server.pid, stop: () => server.stop() };
}

/** The floor of one of our threads: the same system calls, and NXDOMAIN to everything without reading it. */
export async function startEcho(): Promise<Server> {
  const address = '127.0.0.1:5340';
  const server = await startProcess([process.execPath, join(import.meta.dirname, 'echo.ts'), address]);
  try {
    await waitUntilAnswering('echo', server, address);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { name: 'echo', threads: 1, address, pid: server.pid, stop: () => server.stop() };
}
