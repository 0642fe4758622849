import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { HubConfig } from '../../main/hub/config.ts';
import { PolicyKeys } from '../../shared/policy/keys.ts';
import { HUB } from './command-line.ts';
import { type HubClient, hubClient } from './hub-client.ts';
import { testServer } from './hub-database.ts';
import { createTestDatabase, dropTestDatabase, withClient, writeHubKey } from './postgres.ts';

type Seed = z.input<typeof HubConfig>['seed'] & object;

/** `acme` with an owner and a member. */
const ACME: Seed = {
  organizations: [{ name: 'acme' }],
  users: [
    {
      username: 'olivia',
      name: 'Olivia',
      email: 'olivia@acme.example',
      organizations: [{ name: 'acme', role: 'owner' }],
    },
    { username: 'mia', name: 'Mia', organizations: [{ name: 'acme', role: 'member' }] },
  ],
};
/** With a second organization, whose user acme does not let in. */
export const ACME_AND_GLOBEX: Seed = {
  organizations: [{ name: 'acme' }, { name: 'globex' }],
  users: [...(ACME.users ?? []), { username: 'gus', name: 'Gus', organizations: [{ name: 'globex', role: 'owner' }] }],
};

export interface TestHub extends HubClient {
  /** Also the issuer; no slash at the end. */
  url: string;
  dataDir: string;
  pid: number;
  /** What it wrote to standard error so far: its log. */
  log: () => string;
  password: (username: string) => Promise<string>;
  /** What an administrator pins. */
  policyKeys: () => Promise<PolicyKeys>;
  /** Changes its database by a statement, which may differ between the two. While it is stopped. */
  inDatabase: (statements: { sqlite: string; postgres: string }) => Promise<void>;
  /** SIGTERM by default; the data folder stays until `stop`. */
  halt: (signal?: NodeJS.Signals) => Promise<void>;
  /** Again on the same data, after `halt`. */
  start: () => Promise<void>;
  /** Ends the process and removes its folder. */
  stop: () => Promise<void>;
}

export type TestHubOptions = Seed &
  Omit<Partial<z.input<typeof HubConfig>>, 'seed' | 'dataDir'> & {
    /** What runs it instead of this checkout: the words before `run`. */
    command?: readonly string[];
    /** Variables beside those of this process. */
    env?: NodeJS.ProcessEnv;
  };

/** The real hub in its own process, on a free port and in its own folder. */
export async function startHub({
  organizations,
  users,
  command,
  env,
  ...config
}: TestHubOptions = {}): Promise<TestHub> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-'));
  const dataDir = join(folder, 'data');
  const configFile = join(folder, 'hub.json');
  const seed = { organizations: organizations ?? ACME.organizations, users: users ?? ACME.users };
  const server = testServer();
  const made = server === undefined || config.database !== undefined ? null : await createTestDatabase(server);
  const keyFile = join(folder, 'key');
  writeHubKey(keyFile);
  const database = made === null ? {} : { database: made.url, keyFile };
  await writeFile(configFile, JSON.stringify({ dataDir, seed, ...database, ...config }));

  let child: ChildProcess | undefined;
  let log = '';
  const hub: TestHub = {
    url: '',
    dataDir,
    pid: 0,
    log: () => log,
    start: async () => {
      const [file = '', ...words] = command ?? [process.execPath, ...HUB];
      child = spawn(file, [...words, 'run', '--config', configFile], {
        // The end of the IPC channel tells the hub that the test runner is gone.
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, ...env },
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString('utf8');
      });
      const ready = await firstLine(child);
      if (ready === undefined) throw new Error(`the hub did not start: ${log}`);
      hub.url = z.object({ ready: z.literal(true), url: z.string() }).parse(JSON.parse(ready)).url;
      hub.pid = child.pid ?? 0;
    },
    halt: async (signal = 'SIGTERM') => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
    stop: async () => {
      await hub.halt();
      if (server !== undefined && made !== null) await dropTestDatabase(server, made.name);
      await rm(folder, { recursive: true, force: true });
    },
    inDatabase: async ({ sqlite, postgres }) => {
      if (server !== undefined && made !== null) {
        await withClient(server, made.name, (client) => client.query(postgres));
        return;
      }
      const database = new DatabaseSync(join(dataDir, 'hub.sqlite'));
      database.exec(sqlite);
      database.close();
    },
    password: async (username) => {
      const file = await readFile(join(dataDir, 'passwords.json'), 'utf8');
      return z.record(z.string(), z.string()).parse(JSON.parse(file))[username] ?? '';
    },
    policyKeys: async () => PolicyKeys.parse(await (await fetch(`${hub.url}/v1/policy-keys`)).json()),
    ...hubClient(
      () => hub.url,
      (username) => hub.password(username),
    ),
  };
  await hub.start().catch(async (error: unknown) => {
    await hub.stop();
    throw error;
  });
  return hub;
}

/** @returns undefined if the process ended without a line */
async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  const lines = createInterface({ input: stdout });
  for await (const line of lines) return line;
  return undefined;
}
