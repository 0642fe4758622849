import { readFile } from 'node:fs/promises';
import type { ClientConfig } from 'pg';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, ProblemError } from '../../../shared/problems/problem.ts';

const PROTOCOLS = new Set(['postgres:', 'postgresql:']);
const SSL_MODES = new Set(['disable', 'verify-full']);
const PARAMETERS = new Set(['host', 'sslmode']);
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** `postgres://hub@db.example/portcullis`, without a password, which everybody who reads the configuration would have. */
const DatabaseUrl = z.string().superRefine((text, context) => {
  const fault = faultIn(text);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});

/** `"database"` of the configuration: the address alone, or with what else a connection needs. */
export const DatabaseConfig = z.union([
  DatabaseUrl.transform((url) => ({ url, connections: 10 })),
  z.strictObject({
    url: DatabaseUrl,
    /** The password alone, in a file that only the hub can read. Otherwise `PGPASSFILE` or `~/.pgpass`, as for every program of PostgreSQL. */
    passwordFile: z.string().min(1).optional(),
    /** Certificates of the authorities that the server's certificate may be of, PEM; by default those that Node trusts. */
    caFile: z.string().min(1).optional(),
    /** At most, of this hub, one of them for look-ups; one more waits for news. */
    connections: z.number().int().min(2).max(200).default(10),
  }),
]);
export type DatabaseConfig = z.infer<typeof DatabaseConfig>;

/** How to reach the database. */
export interface PostgresConnection {
  readonly client: ClientConfig;
  /** For people: where it is. */
  readonly address: string;
  readonly connections: number;
}

/** @throws ProblemError `bad-config` where a file cannot be read */
export async function connectionOf(config: DatabaseConfig): Promise<PostgresConnection> {
  const { url, connections, passwordFile = undefined, caFile = undefined } = { ...NO_FILES, ...config };
  const { hostname, port, username, pathname, searchParams } = new URL(url);
  const socketFolder = searchParams.get('host');
  const host = socketFolder ?? (decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost');
  const isNear = socketFolder !== null || LOOPBACK.test(hostname) || hostname === '';
  const mode = searchParams.get('sslmode') ?? (isNear ? 'disable' : 'verify-full');
  const ca = caFile === undefined ? undefined : await readText(caFile);
  const database = decodeURIComponent(pathname.slice(1));
  return {
    client: {
      host,
      ...(port === '' ? {} : { port: Number(port) }),
      ...(username === '' ? {} : { user: decodeURIComponent(username) }),
      ...(database === '' ? {} : { database }),
      ssl: mode === 'disable' ? false : { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
      // Read at each connection, so that a password can be changed without a restart.
      ...(passwordFile === undefined ? {} : { password: async () => (await readText(passwordFile)).trim() }),
    },
    address: `${socketFolder ?? hostname}${port === '' ? '' : `:${port}`}/${database}`,
    connections,
  };
}

const NO_FILES: { passwordFile?: string; caFile?: string } = {};

function faultIn(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !PROTOCOLS.has(url.protocol)) return 'an address such as postgres://hub@db.example/portcullis';
  if (url.password !== '')
    return 'an address without a password: put it into a file, named by passwordFile or PGPASSFILE';
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.has(name))
      return `an address without "${name}": only host and sslmode can follow the question mark`;
  }
  const mode = url.searchParams.get('sslmode');
  return mode === null || SSL_MODES.has(mode) ? null : 'an address whose sslmode is verify-full or disable';
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const bad = problem('bad-config', { file, documentation: 'docs/hub-api.md' });
    throw new ProblemError(asProblem(error, bad), { cause: error });
  }
}
