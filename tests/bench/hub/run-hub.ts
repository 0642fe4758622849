import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MachineNonce } from '../../../shared/schemas/hub/machines.ts';
import { startProcess, waitFor } from '../../support/background-process.ts';
import { HUB } from '../../support/command-line.ts';
import { freePort } from '../../support/free-port.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { UNSIGNED } from '../../support/machine-client.ts';
import { createTestDatabase, startCluster, writeHubKey } from '../../support/postgres.ts';
import { memory, processorSeconds } from '../../support/process-figures.ts';
import { signingGateway } from '../../support/signing-gateway.ts';
import { holdStreams } from './streams.ts';
import { type Asked, wrk } from './wrk.ts';

const HUB_CORE = 0;
const LOAD_CORE = 1;
/** As many as one person may hold. */
const STREAMS_PER_PERSON = 32;
const SIGNING_IN = 4;
const INTERVAL_SECONDS = 15 * 60;

export interface StreamFigures {
  streams: number;
  /** Of the hub's processor time, in microseconds a stream: opened one after the other, and all again after all were lost. */
  openMicros: number;
  reopenMicros: number;
  /** KiB of the hub's memory. */
  kibibytes: number;
  /** Milliseconds after a revision was saved. */
  first: number;
  last: number;
}

export interface HubFigures {
  database: 'sqlite' | 'postgres';
  calls: Record<string, Asked>;
  /** Microseconds of processor time for a nonce and a receipt. */
  receiptMicros: number;
  streams: StreamFigures[];
}

/**
 * One process of the hub on one core, the load on another. Latencies and rates need a machine with nothing else to do; processor time does
 * not.
 *
 * @param postgres undefined: SQLite
 */
export async function hubFigures(
  quick: boolean,
  postgres?: { database: string; keyFile: string },
): Promise<HubFigures> {
  const counts = quick ? [100, 200, 400] : [2_500, 5_000, 10_000];
  const people = Array.from({ length: Math.ceil(Math.max(...counts) / STREAMS_PER_PERSON) }, (_, n) => `member${n}`);
  const hub = await startHub({
    organizations: [{ name: 'acme' }],
    users: [
      { username: 'olivia', organizations: [{ name: 'acme', role: 'owner' }] },
      ...people.map((username) => ({ username, organizations: [{ name: 'acme', role: 'member' as const }] })),
    ],
    command: ['taskset', '-c', String(HUB_CORE), process.execPath, ...HUB],
    ...postgres,
  });
  try {
    const tokens = await signedIn(hub, people);
    const calls = await callFigures(hub, tokens[0] ?? '', quick ? 1 : 5);
    const receiptMicros = await receiptCost(hub, tokens, quick ? 100 : 3_000);
    const streams: StreamFigures[] = [];
    for (const count of counts) streams.push(await streamFigures(hub, tokens, count));
    return { database: postgres === undefined ? 'sqlite' : 'postgres', calls, receiptMicros, streams };
  } catch (error) {
    process.stderr.write(hub.log().slice(-2000));
    throw error;
  } finally {
    await hub.stop();
  }
}

async function signedIn(hub: TestHub, people: readonly string[]): Promise<string[]> {
  const tokens: string[] = [];
  const waiting = people.values();
  const signIn = async (): Promise<void> => {
    for (const person of waiting) tokens.push(await hub.signIn(person));
  };
  await Promise.all(Array.from({ length: SIGNING_IN }, signIn));
  return tokens;
}

async function callFigures(hub: TestHub, token: string, seconds: number): Promise<HubFigures['calls']> {
  const bearer = { authorization: `Bearer ${token}` };
  const policy = `${hub.url}/v1/orgs/acme/registry-access`;
  const answer = await fetch(policy, { headers: bearer });
  const etag = answer.headers.get('etag') ?? '';
  const document = await answer.text();
  const base = { seconds, pids: [hub.pid], core: LOAD_CORE };
  const asked: HubFigures['calls'] = {};
  const ask = async (name: string, url: string, headers: Record<string, string>): Promise<void> => {
    // Once for what compiles while it runs: V8's threads have the same core.
    await wrk({ ...base, url, headers });
    asked[name] = await wrk({ ...base, url, headers });
  };
  await ask('policy, unchanged (304)', policy, { ...bearer, 'if-none-match': etag });
  await ask('policy (200)', policy, bearer);
  await ask('membership', `${hub.url}/v1/orgs/acme/membership`, bearer);
  await ask('membership with teams', `${hub.url}/v1/orgs/acme/membership?jkt=${'k'.repeat(43)}`, bearer);
  asked['node:http, unchanged (304)'] = await bareFigure(policy, { ...bearer, 'if-none-match': etag }, seconds);
  asked['nginx, unchanged (304)'] = await nginxFigure(document, seconds);
  asked['node:crypto, one signature'] = signatureFigure();
  return asked;
}

/** The floor of a hub in Node: a server that does nothing but answer the same request with the same headers. */
async function bareFigure(policy: string, asking: Record<string, string>, seconds: number): Promise<Asked> {
  const { headers } = await fetch(policy, { headers: asking });
  const given = [...headers].filter(([name]) => !['connection', 'date', 'keep-alive'].includes(name)).flat();
  const program = join(import.meta.dirname, 'bare.ts');
  const bare = await startProcess([
    ...['taskset', '-c', String(HUB_CORE)],
    ...[process.execPath, program, JSON.stringify(given)],
  ]);
  try {
    const port = await waitFor('the bare server', async () => /^\d+/.exec(bare.output())?.[0] ?? null);
    const url = `http://127.0.0.1:${port}${new URL(policy).pathname}`;
    const base = { url, headers: asking, pids: [bare.pid], core: LOAD_CORE };
    await wrk({ ...base, seconds: 1 });
    return await wrk({ ...base, seconds });
  } finally {
    await bare.stop();
  }
}

/** What a membership proof cannot do without. */
function signatureFigure(): Asked {
  const { privateKey } = generateKeyPairSync('ed25519');
  const claims = Buffer.alloc(400, 'a');
  const count = 5_000;
  const before = process.cpuUsage();
  for (let index = 0; index < count; index += 1) sign(null, claims, privateKey);
  const { user, system } = process.cpuUsage(before);
  const processorMicros = (user + system) / count;
  return { rate: 1e6 / processorMicros, processorMicros, median: Number.NaN, p99: Number.NaN };
}

/** The floor: nginx with the same file and the same conditional request. */
async function nginxFigure(document: string, seconds: number): Promise<Asked> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-nginx-'));
  const port = await freePort();
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'acme.jws'), document);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  const http = [
    ...temporary,
    'access_log off;',
    `server { listen 127.0.0.1:${port}; root ${folder}/files; keepalive_requests 1000000; }`,
  ];
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {} http { ${http.join(' ')} }`,
  );
  const nginx = await startProcess(['taskset', '-c', String(HUB_CORE), 'nginx', '-c', join(folder, 'nginx.conf')]);
  try {
    const url = `http://127.0.0.1:${port}/acme.jws`;
    const answer = await waitFor('nginx', () => fetch(url).catch(() => null));
    const headers = { 'if-none-match': answer.headers.get('etag') ?? '' };
    return await wrk({ url, headers, seconds, pids: [nginx.pid], core: LOAD_CORE });
  } finally {
    await nginx.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Processor time of the hub for a nonce and a receipt that is signed for it. */
async function receiptCost(hub: TestHub, tokens: readonly string[], count: number): Promise<number> {
  const base = `${hub.url}/v1/orgs/acme/machines`;
  const gateways = await Promise.all(Array.from({ length: 50 }, () => signingGateway(hub.url)));
  const rounds = Array.from({ length: count }, (_, index) => index).values();
  const report = async (): Promise<void> => {
    for (const index of rounds) {
      const authorization = `Bearer ${tokens[index % tokens.length]}`;
      const given = await fetch(`${base}/nonce`, { headers: { authorization } });
      const { nonce } = MachineNonce.parse(await given.json());
      const receipt = (await gateways[index % gateways.length]?.sign({ nonce })) ?? '';
      const headers = { authorization, 'content-type': 'application/json' };
      const body = JSON.stringify({ receipt, unsigned: UNSIGNED });
      const answer = await fetch(`${base}/reports`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    }
  };
  const before = processorSeconds(hub.pid);
  await Promise.all(Array.from({ length: 16 }, report));
  return ((processorSeconds(hub.pid) - before) / count) * 1e6;
}

async function streamFigures(hub: TestHub, tokens: readonly string[], count: number): Promise<StreamFigures> {
  const before = { memory: memory(hub.pid).now, processor: processorSeconds(hub.pid) };
  const micros = (from: number): number => ((processorSeconds(hub.pid) - from) / count) * 1e6;
  const held = await holdStreams(hub.url, tokens, count);
  const openMicros = micros(before.processor);
  const kibibytes = ((memory(hub.pid).now - before.memory) * 1024) / count;
  const { revision } = await hub.putSettings('acme', { contact: `#registries-${count}` });
  const saved = performance.now();
  const { first, last } = await held.arrivals(revision, saved);
  held.close();
  const reopening = processorSeconds(hub.pid);
  const again = await holdStreams(hub.url, tokens, count);
  const reopenMicros = micros(reopening);
  again.close();
  return { streams: count, openMicros, reopenMicros, kibibytes, first, last };
}

/** What a desktop asks for in an interval, and how many of them use up one core. */
export function hubTable({ database, calls, receiptMicros, streams }: HubFigures): string[] {
  const lines = [
    `hub on ${database}, one core`,
    '',
    '| call | answers/s | processor time | median | 99th |',
    '|---|---|---|---|---|',
  ];
  for (const [name, { rate, processorMicros, median, p99 }] of Object.entries(calls)) {
    const latencies = [median, p99].map((value) => (Number.isNaN(value) ? '' : `${value.toFixed(2)} ms`));
    const cells = [name, Math.round(rate), `${processorMicros.toFixed(0)} µs`, ...latencies];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  lines.push(`| nonce and receipt | | ${receiptMicros.toFixed(0)} µs | | |`);
  lines.push(
    '',
    '| event streams | opened | all again | memory each | first told | last told |',
    '|---|---|---|---|---|---|',
  );
  for (const { streams: count, openMicros, reopenMicros, kibibytes, first, last } of streams) {
    const times = [openMicros, reopenMicros].map((micros) => `${micros.toFixed(0)} µs`);
    const cells = [count, ...times, `${kibibytes.toFixed(0)} KiB`, `${first.toFixed(0)} ms`, `${last.toFixed(0)} ms`];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  const cost = (name: string): number => calls[name]?.processorMicros ?? Number.NaN;
  const sync = cost('policy, unchanged (304)') + cost('membership with teams');
  const perCore = (micros: number): string => Math.floor((INTERVAL_SECONDS * 1e6) / micros).toLocaleString('en-US');
  const cores = (micros: number): string => ((micros * 1_000_000) / (INTERVAL_SECONDS * 1e6)).toFixed(2);
  lines.push('', '| a desktop, every 15 minutes | desktops a core | cores for 1,000,000 |', '|---|---|---|');
  lines.push(`| policy and membership | ${perCore(sync)} | ${cores(sync)} |`);
  lines.push(`| the same and a receipt | ${perCore(sync + receiptMicros)} | ${cores(sync + receiptMicros)} |`);
  return lines;
}

/** @param database `own` for a PostgreSQL server that is started for this, or the address of one; undefined: SQLite */
async function figuresOn(quick: boolean, database?: string): Promise<HubFigures> {
  if (database === undefined) return hubFigures(quick);
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-key-'));
  const keyFile = join(folder, 'key');
  writeHubKey(keyFile);
  const cluster = database === 'own' ? await startCluster() : null;
  try {
    const url = cluster === null ? database : (await createTestDatabase(cluster.folder)).url;
    return await hubFigures(quick, { database: url, keyFile });
  } finally {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function benchHub(
  quick: boolean,
  machine: object,
  options: { json?: string | undefined; database?: string | undefined },
): Promise<number> {
  const figures = await figuresOn(quick, options.database);
  process.stdout.write(`load average ${loadavg()[0]?.toFixed(1)}\n${hubTable(figures).join('\n')}\n`);
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ machine, hub: figures }, null, 2)}\n`);
  return 0;
}
