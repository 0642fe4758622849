import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const DEBIAN = '/usr/lib/postgresql';
/** PostgreSQL does not run as root. */
const NOBODY = 65_534;

/** Where the server's programs are; null where there are none. */
export function postgresPrograms(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(DEBIAN, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
  return found ?? null;
}

/** A PostgreSQL server of the test's own, on a socket in a temporary folder: nothing listens on a port. */
export interface PostgresCluster {
  /** The socket's folder. */
  folder: string;
  start: () => Promise<void>;
  /** @param signal SIGINT ends it at once and orderly, SIGQUIT as a crash would */
  halt: (signal?: NodeJS.Signals) => Promise<void>;
  /** Ends it and removes its folder. */
  stop: () => Promise<void>;
}

/** How a server is reached over the network: by TLS alone, and with a password. */
export interface ClusterTls {
  /** On 127.0.0.1. */
  port: number;
  /** PEM. */
  certificate: string;
  key: string;
}

/** @param tls null: nothing listens on a port */
export async function startCluster(tls: ClusterTls | null = null): Promise<PostgresCluster> {
  const bin = postgresPrograms();
  if (bin === null) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'pg-'));
  chmodSync(folder, 0o700);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const data = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'hub', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'],
    { cwd: folder, encoding: 'utf8', ...identity },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const put = (name: string, content: string): void => {
    writeFileSync(join(data, name), content, { mode: 0o600 });
    if (isRoot) chownSync(join(data, name), NOBODY, NOBODY);
  };
  if (tls !== null) {
    put('server.crt', tls.certificate);
    put('server.key', tls.key);
    put('pg_hba.conf', 'local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n');
  }
  const listen = tls === null ? ['listen_addresses='] : ['listen_addresses=127.0.0.1', `port=${tls.port}`, 'ssl=on'];
  let server: ChildProcess | undefined;
  const cluster: PostgresCluster = {
    folder,
    start: async () => {
      const options = [
        ...listen,
        `unix_socket_directories=${folder}`,
        ...['fsync=off', 'full_page_writes=off', 'max_connections=200'],
      ];
      server = spawn(join(bin, 'postgres'), ['-D', data, ...options.flatMap((option) => ['-c', option])], {
        cwd: folder,
        stdio: 'ignore',
        ...identity,
      });
      while (!(await answers(folder, tls?.port))) {
        if (server.exitCode !== null) throw new Error('PostgreSQL did not start');
        await sleep(50);
      }
    },
    halt: async (signal = 'SIGINT') => {
      if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
      const ended = once(server, 'exit');
      server.kill(signal);
      await ended;
    },
    stop: async () => {
      await cluster.halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await cluster.start();
  return cluster;
}

async function answers(folder: string, port?: number): Promise<boolean> {
  try {
    await withClient(folder, 'postgres', (client) => client.query('SELECT 1'), port);
    return true;
  } catch {
    return false;
  }
}

/** Runs `use` on a connection of its own. @param folder the socket's, whose name has the port in it */
export async function withClient<T>(
  folder: string,
  database: string,
  use: (client: pg.Client) => Promise<T>,
  port = 5432,
): Promise<T> {
  const client = new pg.Client({ host: folder, port, user: 'hub', database });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** A fresh database. @param folder the socket's. @returns its address, as the hub's configuration has it */
export async function createTestDatabase(folder: string): Promise<{ name: string; url: string }> {
  const name = `hub_${randomBytes(6).toString('hex')}`;
  await withClient(folder, 'postgres', (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  return { name, url: `postgres://hub@localhost/${name}?host=${encodeURIComponent(folder)}` };
}

export async function dropTestDatabase(folder: string, name: string): Promise<void> {
  await withClient(folder, 'postgres', (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
}

/** A file with a key for the secrets in a database. */
export function writeHubKey(file: string): void {
  writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600 });
}
