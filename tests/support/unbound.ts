import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackgroundProcess, startProcess, waitFor } from './background-process.ts';
import { exchangeUdp, question } from './dns-client.ts';

export interface UnboundOptions {
  /** An empty folder of its own. */
  folder: string;
  /** `host:port`. */
  address: string;
  threads?: number;
  /** `host:port` of the only resolver it asks. */
  upstream?: string;
  /** A file with the root zone: then nothing else is there. */
  authoritative?: string;
  /** Further lines of its `server:` section. */
  lines: Iterable<string>;
}

/** An unbound that answers by the given lines. Ready when this resolves. */
export async function startUnbound(options: UnboundOptions): Promise<BackgroundProcess> {
  const { folder, address, threads = 1, upstream, authoritative } = options;
  const [host, port] = address.split(':');
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o755);
  const file = join(folder, 'unbound.conf');
  const text = [
    'server:',
    'chroot: ""',
    'username: ""',
    `directory: "${folder}"`,
    'pidfile: ""',
    'use-syslog: no',
    'verbosity: 0',
    `interface: ${host}`,
    `port: ${port}`,
    `num-threads: ${threads}`,
    'so-reuseport: yes',
    'access-control: 0.0.0.0/0 allow',
    'do-not-query-localhost: no',
    // No DNSSEC and no root hints: it forwards, as the gateway does.
    'module-config: "iterator"',
    'cache-max-ttl: 60',
    'cache-max-negative-ttl: 2',
    ...options.lines,
    'remote-control:',
    'control-enable: no',
    ...(authoritative === undefined
      ? []
      : ['auth-zone:', 'name: "."', `zonefile: "${authoritative}"`, 'for-upstream: no', 'fallback-enabled: no']),
    ...(upstream === undefined
      ? []
      : ['forward-zone:', 'name: "."', `forward-addr: ${upstream.replace(':', '@')}`, 'forward-no-cache: no']),
    '',
  ].join('\n');
  await writeFile(file, text);
  const server = await startProcess(['unbound', '-d', '-c', file]);
  try {
    await waitUntilAnswering('unbound', server, address);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** Resolves with the first answer of any kind to a question for a name that is not there. */
export async function waitUntilAnswering(name: string, server: BackgroundProcess, address: string): Promise<void> {
  await waitFor(`${name} to answer on ${address}`, async () => {
    if (!server.running()) throw new Error(`${name} has ended:\n${server.output()}`);
    // What is asked before it listens is lost, and nobody says so.
    return exchangeUdp(address, question('is-it-there.invalid'), 500);
  });
}
