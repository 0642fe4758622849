import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { HUB } from './command-line.ts';
import { freePort } from './free-port.ts';
import { type HubClient, hubClient } from './hub-client.ts';
import { createTestDatabase, type PostgresCluster, startCluster, withClient, writeHubKey } from './postgres.ts';
import type { Random } from './random.ts';

/** One of several hubs on one database. */
export interface Replica {
  /** Its own address, past the balancer. */
  url: string;
  isUp: () => boolean;
  /** Calls this one, as the balancer would. */
  call: (
    path: string,
    init?: { method?: string; headers?: Record<string, string>; body?: string },
  ) => Promise<Response>;
  start: () => Promise<void>;
  halt: (signal: NodeJS.Signals) => Promise<void>;
  log: () => string;
}

/** Hubs on one PostgreSQL database behind a balancer of the test's own. */
export interface Replicas extends HubClient {
  /** The balancer's address: the issuer. */
  url: string;
  all: Replica[];
  server: PostgresCluster;
  /** Of the database: what is wrong is seen there. */
  rows: (statement: string) => Promise<Record<string, unknown>[]>;
  stop: () => Promise<void>;
}

const PASSWORDS = { olivia: 'olivia-olivia-1', oscar: 'oscar-oscar-oscar-1', mia: 'mia-mia-mia-mia-1' };

/** Starts them at the same moment, on an empty database. @param random where the balancer sends each connection */
export async function startReplicas(count: number, random: Random): Promise<Replicas> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-replicas-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const server = opened.adopt(await startCluster(), (cluster) => cluster.stop());
  const { name, url: database } = await createTestDatabase(server.folder);
  const keyFile = join(folder, 'key');
  writeHubKey(keyFile);
  const passwordsFile = join(folder, 'passwords.json');
  await writeFile(passwordsFile, JSON.stringify(PASSWORDS), { mode: 0o600 });

  const all: Replica[] = [];
  const balancer = opened.adopt(
    await startBalancer(() => all.filter((replica) => replica.isUp()), random),
    ({ close }) => close(),
  );
  const { url } = balancer;
  for (let index = 0; index < count; index += 1) {
    const configFile = join(folder, `hub-${index}.json`);
    const port = await freePort();
    const seed = {
      organizations: [{ name: 'acme' }],
      users: Object.keys(PASSWORDS).map((username) => ({
        username,
        organizations: [{ name: 'acme', role: username === 'mia' ? 'member' : 'owner' }],
      })),
    };
    const dataDir = join(folder, `data-${index}`);
    const config = { dataDir, database, keyFile, passwordsFile, publicUrl: url, listen: { port }, seed };
    await writeFile(configFile, JSON.stringify(config));
    all.push(createReplica(`http://127.0.0.1:${port}`, new URL(url).host, configFile));
  }
  opened.defer(async () => void (await Promise.all(all.map((replica) => replica.halt('SIGKILL')))));
  await Promise.all(all.map((replica) => replica.start()));

  const running = opened.move();
  return {
    ...{ url, all, server },
    rows: (statement) => withClient(server.folder, name, async (client) => (await client.query(statement)).rows),
    stop: () => running.disposeAsync(),
    ...hubClient(
      () => url,
      async (username) => (PASSWORDS as Record<string, string>)[username] ?? '',
    ),
  };
}

function createReplica(url: string, host: string, configFile: string): Replica {
  let child: ChildProcess | undefined;
  let isReady = false;
  let log = '';
  return {
    url,
    isUp: () => isReady,
    call: async (path, { method = 'GET', headers = {}, body } = {}) => {
      const asking = request(`${url}${path}`, { method, headers: { ...headers, host }, agent: false });
      asking.end(body);
      const [answer] = (await once(asking, 'response')) as [IncomingMessage];
      const status = answer.statusCode ?? 0;
      const isEmpty = method === 'HEAD' || status === 204 || status === 304;
      if (isEmpty) answer.resume();
      const etag = answer.headers.etag;
      return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), {
        status,
        headers: etag === undefined ? {} : { etag },
      });
    },
    log: () => log,
    start: async () => {
      const started = spawn(process.execPath, [...HUB, 'run', '--config', configFile], {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      child = started;
      started.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString('utf8');
      });
      started.once('exit', () => {
        isReady = false;
      });
      const ready = await firstLine(started);
      if (ready === undefined) throw new Error(`a replica did not start: ${log}`);
      isReady = started.exitCode === null && started.signalCode === null;
    },
    halt: async (signal) => {
      isReady = false;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) return line;
  return undefined;
}

/** Each connection goes to one of those that are up, as a balancer that checks their health would send it. */
async function startBalancer(
  up: () => Replica[],
  random: Random,
): Promise<{ url: string; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const candidates = up();
    if (candidates.length === 0) {
      from.destroy();
      return;
    }
    const { port } = new URL(random.pick(candidates).url);
    const to = connect({ host: '127.0.0.1', port: Number(port) });
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
