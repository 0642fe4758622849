import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MachineNonce, MachinesEnrolled, MachinesPage, MachinesSummary } from '../../shared/schemas/hub/machines.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { peopleClient } from '../support/hub-people.ts';
import { UNSIGNED } from '../support/machine-client.ts';
import { type SigningGateway, signingGateway } from '../support/signing-gateway.ts';
import { percentile } from './statistics.ts';

/** Each person has fewer machines than one may report at a stroke. */
const PEOPLE = 200;
/** Reports that are under way at a time. */
const CONCURRENT = 32;
const HOSTS_EACH = 10;
/** A dashboard that somebody uses: one call after the other, with a pause. */
const PAUSE_MS = 100;

interface MachineFigures {
  machines: number;
  /** A nonce and a report each, as fast as they are answered; the second round of the same machines, with hosts. */
  reportsPerSecond: [first: number, second: number];
  /** Milliseconds: of the dashboard's calls while reports come in as fast as they can, and while none do. */
  busy: Record<string, number>;
  idle: Record<string, number>;
  databaseBytes: number;
  enrolSeconds: number;
}

/** 10,000 machines that report to one real hub, and a dashboard meanwhile. */
async function machineFigures(count: number): Promise<MachineFigures> {
  const members = Array.from({ length: PEOPLE }, (_, index) => `member${index}`);
  const hub = await startHub({
    organizations: [{ name: 'acme' }],
    users: [
      { username: 'olivia', organizations: [{ name: 'acme', role: 'owner' }] },
      ...members.map((username) => ({
        username,
        organizations: [{ name: 'acme', role: 'member' as const }],
      })),
    ],
  });
  try {
    const owner = peopleClient(hub, 'acme', await hub.signIn('olivia'));
    const tokens: string[] = [];
    for (const member of members) tokens.push(await hub.signIn(member));
    const gateways: SigningGateway[] = [];
    for (let made = 0; made < count; made += 1) gateways.push(await signingGateway(hub.url));
    const start = performance.now();
    await owner.get(MachinesEnrolled, 'POST', 'machines/enrolments', { thumbprints: gateways.map(({ jkt }) => jkt) });
    const enrolSeconds = (performance.now() - start) / 1000;

    const latencies = new Map<string, number[]>();
    const stop = new AbortController();
    const dashboard = askAsDashboard(owner.get, gateways, latencies, stop.signal);
    // Ended before the hub is, also by what fails: else that would be hidden by the calls that fail after it.
    const reported = (async () => [
      await reportAll(hub, gateways, tokens, false),
      await reportAll(hub, gateways, tokens, true),
    ])().finally(() => stop.abort());
    const [[first = 0, second = 0]] = await Promise.all([reported, dashboard]);
    const busy = percentiles(latencies);

    latencies.clear();
    const quiet = new AbortController();
    const alone = askAsDashboard(owner.get, gateways, latencies, quiet.signal);
    setTimeout(() => quiet.abort(), 5000);
    await alone;
    const summary = await owner.get(MachinesSummary, 'GET', 'machines/summary');
    if (summary.states.enforcing !== count) throw new Error(`not all enforce: ${JSON.stringify(summary)}`);
    return {
      ...{ machines: count, reportsPerSecond: [first, second], busy, idle: percentiles(latencies), enrolSeconds },
      databaseBytes: ['hub.sqlite', 'hub.sqlite-wal'].reduce((sum, file) => sum + sizeOf(join(hub.dataDir, file)), 0),
    };
  } catch (error) {
    process.stderr.write(hub.log().slice(-2000));
    throw error;
  } finally {
    await hub.stop();
  }
}

/** @returns reports per second */
async function reportAll(
  hub: TestHub,
  gateways: readonly SigningGateway[],
  tokens: readonly string[],
  withHosts: boolean,
): Promise<number> {
  const base = `${hub.url}/v1/orgs/acme/machines`;
  const left = gateways.entries();
  const start = performance.now();
  await Promise.all(
    Array.from({ length: CONCURRENT }, async () => {
      for (const [index, gateway] of left) {
        const authorization = `Bearer ${tokens[index % tokens.length]}`;
        const given = await fetch(`${base}/nonce`, { headers: { authorization } });
        const { nonce } = MachineNonce.parse(await given.json());
        const unsigned = withHosts ? { ...UNSIGNED, hosts: hostsOf(index) } : UNSIGNED;
        const answer = await fetch(`${base}/reports`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: JSON.stringify({ receipt: await gateway.sign({ nonce }), unsigned }),
        });
        if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
        await answer.arrayBuffer();
      }
    }),
  );
  return gateways.length / ((performance.now() - start) / 1000);
}

/** Some that everybody uses, and some of few. */
function hostsOf(index: number) {
  const at = new Date().toISOString();
  return Array.from({ length: HOSTS_EACH }, (_, place) => ({
    host: place < 5 ? `popular${place}.example` : `h${(index * 7 + place) % 2000}.example`,
    ...{ count: 5, blocked: place % 2, firstAt: at, lastAt: at },
  }));
}

/** What the Machines view asks for, over and over. */
async function askAsDashboard(
  get: ReturnType<typeof peopleClient>['get'],
  gateways: readonly SigningGateway[],
  latencies: Map<string, number[]>,
  stop: AbortSignal,
): Promise<void> {
  const calls: [name: string, path: string, schema: typeof MachinesPage | typeof MachinesSummary][] = [
    ['summary', 'machines/summary', MachinesSummary],
    ['first page', 'machines?limit=50', MachinesPage],
    ['page of 500', 'machines?limit=500', MachinesPage],
    ['search by identifier', `machines?q=${gateways[17]?.jkt.slice(0, 12)}`, MachinesPage],
    ['search by person', 'machines?q=member17', MachinesPage],
    ['sorted by person', 'machines?sort=person', MachinesPage],
  ];
  while (!stop.aborted) {
    for (const [name, path, schema] of calls) {
      const start = performance.now();
      await get(schema, 'GET', path);
      latencies.set(name, [...(latencies.get(name) ?? []), performance.now() - start]);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

/** The 95th of each. */
function percentiles(latencies: Map<string, number[]>): Record<string, number> {
  return Object.fromEntries(
    [...latencies].map(([name, taken]) => [name, percentile(Float64Array.from(taken).sort(), 0.95)]),
  );
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** As docs/performance.md has it. */
function machineTable(figures: MachineFigures): string[] {
  const { machines, reportsPerSecond, busy, idle, databaseBytes, enrolSeconds } = figures;
  const [first, second] = reportsPerSecond.map(Math.round);
  return [
    `| ${machines.toLocaleString('en')} machines, one hub | |`,
    '|---|---|',
    `| reports per second, first round | ${first} |`,
    `| reports per second, second round, with ${HOSTS_EACH} hosts each | ${second} |`,
    `| enrolling all of them | ${enrolSeconds.toFixed(1)} s |`,
    `| size of the database | ${(databaseBytes / 1e6).toFixed(1)} MB |`,
    '',
    '| call of the dashboard, 95th percentile | while reports come in | while none do |',
    '|---|---|---|',
    ...Object.keys(busy).map(
      (name) => `| ${name} | ${(busy[name] ?? 0).toFixed(0)} ms | ${(idle[name] ?? 0).toFixed(0)} ms |`,
    ),
  ];
}

/** @returns the exit code */
export async function benchMachines(count: number, machine: object, json: string | undefined): Promise<number> {
  const figures = await machineFigures(count);
  process.stdout.write(`${machineTable(figures).join('\n')}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine, machines: figures }, null, 2)}\n`);
  return 0;
}
