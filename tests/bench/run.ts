import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildApart } from '../setup/build-apart.ts';
import { buildCommandLine } from '../setup/build-command-line.ts';
import { endProcessesWith } from '../setup/leftovers.ts';
import { prepare } from '../setup/prepare.ts';
import { memory } from '../support/process-figures.ts';
import { benchAttached } from './attached.ts';
import { dnsperf, type Loaded } from './dnsperf.ts';
import { type Results, report, type Series, say, sayAll } from './gateway-report.ts';
import { benchHub } from './hub/run-hub.ts';
import { benchMachines } from './machines.ts';
import { insideNamespace, runInNamespace, setUpNamespace } from './namespace.ts';
import { panelTimes } from './panel.ts';
import {
  type OurServer,
  type Server,
  startDnsdist,
  startDnsmasq,
  startEcho,
  startOurs,
  startTheirUnbound,
  startUpstream,
} from './servers.ts';
import { percentile } from './statistics.ts';
import { idleProcessor, type Swapped, swapUnderLoad } from './swap.ts';
import { trayRatios, trayTable } from './tray/report.ts';
import { measureTray } from './tray/run-tray.ts';
import { type Carried, startBlob, throughBareTunnel, throughProxy } from './tunnel.ts';
import { type QuestionFiles, writeQuestions } from './world.ts';

/**
 * `npm run bench [-- --quick] [--json FILE] [--only gateway|swap|tray|attach|machines] [--hub [--database own|postgres://…]]`: this gateway beside dnsmasq, unbound, dnsdist and a bare tunnel, the
 * tray beside a bare Electron, 10,000 machines that report to one hub, only by name, and, only by name and as root, an engine attached beside the same one not attached: in turn, in one run, on one machine. What counts are the ratios; the medians of all rounds. `--quick` is one short
 * round. `--hub`: one process of the hub on one core, beside nginx with the same file.
 */
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string' },
    hub: { type: 'boolean', default: false },
    database: { type: 'string' },
  },
});
const ROUNDS = options.quick ? 1 : 3;
const SECONDS = options.quick ? 1 : 2;
const BLOB_BYTES = options.quick ? 5e8 : 2e9;
/** V8 clears up for about half a minute after there was much to do. */
const REST_SECONDS = options.quick ? 3 : 40;
const IDLE_SECONDS = options.quick ? 3 : 60;
const SWAPS = options.quick ? 1 : 3;
const HOSTS = 100_000;
const FEW = 1_000;
const MANY = 1_000_000;
/** Questions per second about allowed names: far from what any of them can take, so that latency is seen and not queueing. */
const ALLOWED_RATE = 10_000;
/** At this rate V8 takes some seconds to see what is worth compiling. */
const ALLOWED_WARM_UPS = options.quick ? 1 : 3;

function note(series: Series, name: string, value: number): void {
  series.set(name, [...(series.get(name) ?? []), value]);
}

/** What compiles while it runs has its turn in rounds that do not count, and so have the others. */
async function inRounds(
  servers: Map<string, Server>,
  warmUps: number,
  take: (name: string, server: Server, counts: boolean) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < warmUps + ROUNDS; round += 1) {
    for (const [name, server] of servers) await take(name, server, round >= warmUps);
  }
}

async function denied(servers: Map<string, Server>, questions: string): Promise<Series> {
  const series: Series = new Map();
  await inRounds(servers, 1, async (name, { address, pid }, counts) => {
    const load = await dnsperf({ server: address, pid, questions, seconds: SECONDS });
    expectOnly('NXDOMAIN', name, load);
    if (!counts) return;
    note(series, `${name}.rate`, load.rate);
    note(series, `${name}.processorMicros`, load.processorMicros);
  });
  return series;
}

async function allowed(servers: Map<string, Server>, questions: QuestionFiles): Promise<Series> {
  const series: Series = new Map();
  for (const kind of ['cached', 'forwarded'] as const) {
    await inRounds(servers, ALLOWED_WARM_UPS, async (name, { address, pid }, counts) => {
      const load = await dnsperf({
        ...{ server: address, pid, questions: questions[kind] },
        ...{ seconds: SECONDS, rate: ALLOWED_RATE, latencies: true },
      });
      expectOnly(name === 'echo' ? 'NXDOMAIN' : 'NOERROR', name, load);
      if (!counts) return;
      note(series, `${name}.${kind}.p50`, percentile(load.latencies, 0.5));
      note(series, `${name}.${kind}.p99`, percentile(load.latencies, 0.99));
      note(series, `${name}.${kind}.processorMicros`, load.processorMicros);
    });
  }
  return series;
}

/** A fast wrong answer is worth nothing. */
function expectOnly(rcode: string, name: string, { rcodes }: Loaded): void {
  const others = Object.keys(rcodes).filter((other) => other !== rcode);
  if (others.length > 0 || rcodes[rcode] === undefined) {
    throw new Error(`${name} answered ${JSON.stringify(rcodes)} where ${rcode} is right`);
  }
}

async function tunnels({ proxy, pid }: OurServer): Promise<Series> {
  const series: Series = new Map();
  const blob = await startBlob(BLOB_BYTES);
  const take = (name: string, { gigabytesPerSecond, processorPerGigabyte }: Carried): void => {
    note(series, `${name}.gigabytesPerSecond`, gigabytesPerSecond);
    note(series, `${name}.processorPerGigabyte`, processorPerGigabyte);
  };
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      take('socat', await throughBareTunnel(blob.bare.pid, BLOB_BYTES));
      take('proxy', await throughProxy(proxy, pid, BLOB_BYTES));
    }
  } finally {
    await blob.stop();
  }
  return series;
}

async function measure(folder: string): Promise<Results> {
  const running: { stop(): Promise<void> }[] = [];
  const started = async <T extends { stop(): Promise<void> }>(server: Promise<T>): Promise<T> => {
    const up = await server;
    running.push(up);
    return up;
  };
  try {
    say('Starting the servers …');
    const upstream = await started(startUpstream(folder));
    const questions = await writeQuestions(folder);
    const dnsmasq = await started(startDnsmasq(folder, HOSTS));
    const few = await started(startOurs(FEW, 2));
    const many = await started(startOurs(MANY, 2));
    const echo = await started(startEcho());
    const inTurn = new Map<string, Server>([
      ['dnsmasq.1', dnsmasq],
      ['echo.1', echo],
    ]);
    const ours: OurServer[] = [];
    for (const threads of [1, 2, 3]) {
      const our = await started(startOurs(HOSTS, threads));
      ours.push(our);
      inTurn.set(`portcullis.${threads}`, our);
      inTurn.set(`unbound.${threads}`, await started(startTheirUnbound(folder, HOSTS, threads)));
      if (threads < 3) inTurn.set(`dnsdist.${threads}`, await started(startDnsdist(folder, HOSTS, threads)));
    }
    inTurn.set('portcullis1k.2', few).set('portcullis1m.2', many);
    const [one, two] = ours;
    const unbound = inTurn.get('unbound.2');
    if (!one || !two || !unbound) throw new Error('not started');
    const memoryAt = { '1k': memory(few.pid).now, '100k': memory(two.pid).now, '1m': memory(many.pid).now };

    say('Denied names, as many as each can answer …');
    const deniedSeries = await denied(inTurn, questions.denied);
    say('Denied names that look like the allowed ones …');
    const alikeSeries = await denied(inTurn, questions.alike);
    say(`Allowed names at ${ALLOWED_RATE} questions/s …`);
    const inTurnAllowed = new Map<string, Server>([
      ['upstream', upstream],
      ['portcullis', one],
      ['dnsmasq', dnsmasq],
      ['unbound', unbound],
      ['echo', echo],
    ]);
    const allowedSeries = await allowed(inTurnAllowed, questions);
    say('A blob through the proxy …');
    const tunnelSeries = await tunnels(one);
    say('Swaps of a million rules under load …');
    const swapped = await swapUnderLoad(many, dnsmasq, { questions: questions.denied, hosts: MANY, swaps: SWAPS });
    say('Nothing …');
    const idle = await idleProcessor(many.pid, REST_SECONDS, IDLE_SECONDS);
    say('The panel …');
    const panel = await panelTimes(options.quick ? 2 : 5);
    return {
      panel,
      denied: deniedSeries,
      alike: alikeSeries,
      allowed: allowedSeries,
      tunnels: tunnelSeries,
      swapped,
      idle,
      memoryAt,
    };
  } finally {
    for (const server of running.reverse()) await server.stop();
  }
}

function machine(): Record<string, string | number> {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    loadAverage: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}

async function measureSwap(folder: string): Promise<Swapped> {
  const { denied: questions } = await writeQuestions(folder);
  const dnsmasq = await startDnsmasq(folder, FEW);
  try {
    const server = await startOurs(MANY, 2);
    try {
      return await swapUnderLoad(server, dnsmasq, { questions, hosts: MANY, swaps: SWAPS });
    } finally {
      await server.stop();
    }
  } finally {
    await dnsmasq.stop();
  }
}

async function inside(): Promise<void> {
  setUpNamespace();
  const started = machine();
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  if (options.only === 'swap') {
    const swapped = await measureSwap(folder);
    sayAll({ ...swapped });
    if (options.json !== undefined)
      writeFileSync(options.json, `${JSON.stringify({ machine: started, swapped }, null, 2)}\n`);
    return;
  }
  const figures = report(await measure(folder), started, {
    ...{ rounds: ROUNDS, seconds: SECONDS, hosts: HOSTS, few: FEW, many: MANY },
    ...{ allowedRate: ALLOWED_RATE, blobBytes: BLOB_BYTES },
  });
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}

async function outside(): Promise<number> {
  if (options.hub) return benchHub(options.quick, machine(), { json: options.json, database: options.database });
  if (options.only === 'attach') return benchAttached(ROUNDS, machine(), options.json);
  if (options.only === 'machines') return benchMachines(options.quick ? 500 : 10_000, machine(), options.json);
  if (options.only !== undefined && !['gateway', 'swap', 'tray'].includes(options.only)) {
    process.stderr.write('--only gateway, --only swap, --only tray, --only attach or --only machines\n');
    return 2;
  }
  const code = options.only === 'tray' ? 0 : await gatewayOutside();
  if (code === 0 && (options.only === undefined || options.only === 'tray')) await tray();
  return code;
}

/** Not in the namespace: it needs another user, and the desktop that its runner makes. */
async function tray(): Promise<void> {
  const started = machine();
  say('The tray …');
  const figures = await measureTray(options.quick);
  const ratios = trayRatios(figures);
  say();
  for (const line of trayTable(figures)) say(line);
  say();
  sayAll(ratios);
  if (options.json === undefined) return;
  const before = options.only === 'tray' ? { machine: started } : JSON.parse(readFileSync(options.json, 'utf8'));
  writeFileSync(options.json, `${JSON.stringify({ ...before, ...ratios, tray: figures }, null, 2)}\n`);
}

async function gatewayOutside(): Promise<number> {
  const readiness = prepare('bench', process.env);
  if (!readiness.ready) {
    process.stderr.write(`${readiness.because}. To run it: ${readiness.command}\n`);
    return 1;
  }
  const temporary = mkdtempSync(join(tmpdir(), 'pc-'));
  const root = join(import.meta.dirname, '../..');
  try {
    // As it is installed: from the sources each thread takes longer to start, and more memory.
    await buildApart(root, async (made) => {
      await buildCommandLine(root, join(made, 'cli'));
      return true;
    });
    return await runInNamespace({
      ...process.env,
      PORTCULLIS_TEST_CLI: join(root, 'out', 'cli', 'index.js'),
      TMPDIR: temporary,
      PATH: [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
    });
  } finally {
    await endProcessesWith(temporary);
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (insideNamespace()) await inside();
else process.exitCode = await outside();
