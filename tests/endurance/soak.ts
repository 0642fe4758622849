import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as packet from 'dns-packet';
import { waitFor } from '../support/background-process.ts';
import { edns, exchangeTcp, exchangeUdp, question } from '../support/dns-client.ts';
import { type DnsStub, type StubRule, startDnsStub } from '../support/dns-stub.ts';
import { outsideAddress, startGateway, type TestGateway } from '../support/gateway.ts';
import { memory, openDescriptors } from '../support/process-figures.ts';
import type { Random } from '../support/random.ts';
import { withFiles } from '../support/with-files.ts';

/** The gateway's attempts at one question, one after the other, take no longer. */
const LONGEST_FLIGHT_MS = 5_000;

export interface Soaked {
  asked: number;
  tunnels: number;
  swaps: number;
  disturbances: Record<string, number>;
  /** How often other resolvers were named in resolv.conf; null where only root can try it. */
  resolverChanges: number | null;
  /** MiB, the median of the second and of the last third; null where the kernel does not tell. */
  memory: { before: number; after: number } | null;
  descriptors: { before: number; after: number } | null;
  /** What should not be; empty if all is well. */
  wrong: string[];
}

/**
 * Between two disturbances. A question of which one attempt met a disturbance (for a second at most, and it waits 1.5 s) must not
 * meet the next one with the next attempt, or a failure would be nobody's fault.
 */
const QUIET_MS = 2_500;
/** Long enough a list that a set which is never let go of shows. */
const HOSTS = 20_000;
const ADDRESS = '192.0.2.1';
const CLIENTS = 12;
/** Source ports and connections that the resolvers of two threads and of the proxy keep for two upstreams. */
const MOST_POOLED = (16 + 3) * 2 * 3;
/** What a heap may breathe, in MiB, which in the first seconds is much: a run of minutes is what shows a leak. */
const BREATH = 96;

type Mode = 'fine' | 'silent' | 'silent over UDP' | 'failing';

/** An upstream that can be told to fail, and to be gone. */
class Upstream {
  mode: Mode = 'fine';
  /** Questions of clients that it was asked. */
  asked = 0;
  readonly #host: string;
  #stub: DnsStub | null = null;
  #port: number;
  #settled = false;
  readonly #pickPort: () => number;
  readonly #outside: string;

  /** @param fixed an address that is its own; otherwise it picks a port of 127.0.0.1 */
  constructor(outside: string, random: Random, fixed?: { host: string; port: number }) {
    this.#outside = outside;
    this.#host = fixed?.host ?? '127.0.0.1';
    // Below those that systems give out by themselves, or somebody has it when this comes back.
    this.#pickPort = () => fixed?.port ?? 20_000 + random.below(10_000);
    this.#port = this.#pickPort();
  }

  get host(): string {
    return this.#host;
  }

  get address(): string {
    return `${this.#host}:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#stub ??= await waitFor('the port of an upstream', () => this.#listen().catch(() => this.#tryAnother()));
    this.#settled = true;
  }

  #tryAnother(): null {
    if (!this.#settled) this.#port = this.#pickPort();
    return null;
  }

  #listen(): Promise<DnsStub> {
    const rule: StubRule = ({ name, type }, { tcp }) => {
      if (this.#stub) this.#stub.asked.length = 0;
      if (name !== '.') this.asked += 1;
      if (this.mode === 'silent' || (this.mode === 'silent over UDP' && !tcp)) return null;
      if (this.mode === 'failing') return { flags: 2 };
      const data = name.toLowerCase() === 'tunnel.example' ? this.#outside : ADDRESS;
      return type === 'A' ? [{ type: 'A', name, ttl: 1, data }] : [];
    };
    return startDnsStub(rule, this.#host, this.#port);
  }

  async stop(): Promise<void> {
    const stub = this.#stub;
    this.#stub = null;
    await stub?.close();
  }
}

/**
 * Asks a gateway all sorts of things for a while, through both views, UDP, TCP and the proxy, while its rules are exchanged and
 * its upstreams are silent, fail, go and come back, and (as root on Linux) while the system is told to use others. Judges every answer.
 *
 * @param pause milliseconds between two things that one client asks, and tenths of seconds between two exchanges: for hours on a machine
 *   that does other things too
 */
export async function soak(milliseconds: number, random: Random, pause = 0): Promise<Soaked> {
  const result: Soaked = {
    asked: 0,
    tunnels: 0,
    swaps: 0,
    disturbances: {},
    resolverChanges: null,
    memory: null,
    descriptors: null,
    wrong: [],
  };
  const outside = outsideAddress();
  const folder = await mkdtemp(join(tmpdir(), 'soak-'));
  // resolv.conf(5) knows no ports: each of them has an address of loopback to itself, with port 53.
  const asSystem = process.platform === 'linux' && process.geteuid?.() === 0;
  const loopback = `127.${1 + random.below(250)}.${random.below(250)}`;
  const upstreams = (asSystem ? [1, 2, 3] : [1, 2]).map(
    (each) =>
      new Upstream(outside ?? ADDRESS, random, asSystem ? { host: `${loopback}.${each}`, port: 53 } : undefined),
  );
  const resolvConf = asSystem ? join(folder, 'resolv.conf') : null;
  const echo = createServer((socket: Socket) => socket.on('error', () => socket.destroy()).pipe(socket));
  let gateway: TestGateway | undefined;
  try {
    for (const upstream of upstreams) await upstream.start();
    echo.listen(0, outside ?? '127.0.0.1');
    await once(echo, 'listening');
    const bound = echo.address();
    const echoPort = typeof bound === 'object' && bound !== null ? bound.port : 0;
    if (resolvConf !== null) await nameResolvers(resolvConf, upstreams.slice(0, 2));
    gateway = await startGateway({
      config: { workers: 2, upstreams: resolvConf === null ? upstreams.map(({ address }) => address) : 'system' },
      within: (command) => (resolvConf === null ? command : withFiles({ '/etc/resolv.conf': resolvConf }, command)),
    });
    await run(gateway, upstreams, resolvConf, outside === null ? null : echoPort, milliseconds, random, pause, result);
    return result;
  } finally {
    await gateway?.stop();
    for (const upstream of upstreams) await upstream.stop();
    echo.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** In place: a file that takes its place would not be seen through the mount. */
function nameResolvers(resolvConf: string, named: readonly Upstream[]): Promise<void> {
  return writeFile(resolvConf, named.map(({ host }) => `nameserver ${host}\n`).join(''));
}

async function run(
  gateway: TestGateway,
  upstreams: Upstream[],
  resolvConf: string | null,
  echoPort: number | null,
  milliseconds: number,
  random: Random,
  pause: number,
  result: Soaked,
): Promise<void> {
  const lists = [0, 1].map((which) => [
    ...['*.always.example', ...(echoPort === null ? [] : [`tunnel.example:${echoPort}`])],
    ...(which === 0 ? ['sometimes.example'] : []),
    ...Array.from({ length: HOSTS }, (_, i) => `h${i}.list${which}.example`),
  ]);
  const program = async (revision: number): Promise<void> => {
    await gateway.program({ revision, registries: (lists[revision % 2] ?? []).map((address) => ({ address })) });
  };
  await program(2);
  const { listeners } = await gateway.status();
  const engine = listeners.dns.engine[0] ?? '';
  const workload = listeners.dns.workload[0] ?? '';
  const told = process.platform === 'linux';
  const descriptorsBefore = told ? openDescriptors(gateway.pid) : 0;

  /** Goes up whenever no upstream may have been able to answer; odd as long as that is so. */
  let outages = 0;
  let lastEnded = Number.NEGATIVE_INFINITY;
  /** Could nobody answer while this was asked, or shortly before? Who asks what is being asked already shares its fate. */
  const inOutage = (before: number, since: number): boolean =>
    before % 2 === 1 || outages !== before || since - lastEnded < LONGEST_FLIGHT_MS;
  const started = performance.now();
  const deadline = started + milliseconds;
  const going = (): boolean => performance.now() < deadline && result.wrong.length < 20;

  /** What went wrong, with what was going on then. */
  let disturbance = 'nothing yet';
  const blame = (what: string): void => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    result.wrong.push(`${seconds} s, ${disturbance}: ${what}`);
  };

  const dns = async (server: string, name: string, expected: 'yes' | 'no' | 'either'): Promise<void> => {
    const outagesBefore = outages;
    const since = performance.now();
    const bytes = question(name, 'A', random.below(2) === 0 ? {} : edns());
    const overTcp = random.below(8) === 0;
    const answer = overTcp ? ((await exchangeTcp(server, [bytes]))[0] ?? null) : await exchangeUdp(server, bytes);
    result.asked += 1;
    const decoded = answer === null ? null : (packet.decode(answer) as packet.DecodedPacket & { rcode: string });
    const said =
      decoded === null
        ? 'nothing'
        : `${decoded.rcode} ${decoded.answers?.map((each) => 'data' in each && each.data).join()}`;
    const right = [
      ...(expected === 'no' ? [] : [`NOERROR ${ADDRESS}`]),
      ...(expected === 'yes' ? [] : ['NXDOMAIN ']),
      // With nobody to ask, a failure is the truth; a denial never depends on the upstreams.
      ...(expected !== 'no' && inOutage(outagesBefore, since) ? ['SERVFAIL ', 'nothing'] : []),
    ];
    if (right.includes(said)) return;
    const took = Math.round(performance.now() - since);
    blame(`${name} over ${overTcp ? 'TCP' : 'UDP'}: ${said} after ${took} ms, and not ${right.join(' or ')}`);
  };

  const throughProxy = async (): Promise<void> => {
    const denied = random.below(2) === 0 || echoPort === null;
    const outagesBefore = outages;
    const since = performance.now();
    const { status, socket } = await gateway.connect(denied ? 'never.example:443' : `tunnel.example:${echoPort}`);
    result.tunnels += 1;
    try {
      if (denied) {
        if (status !== 403) blame(`never.example through the proxy: ${status}`);
        return;
      }
      if (status !== 200) {
        const excused = status === 502 && inOutage(outagesBefore, since);
        if (!excused) blame(`tunnel.example through the proxy: ${status}`);
        return;
      }
      const blob = Buffer.from(random.bytes(1 + random.below(100_000)));
      // No handshake of TLS, which would have to name the host.
      blob[0] = 0;
      const back: Buffer[] = [];
      socket.on('data', (chunk) => back.push(chunk));
      socket.end(blob);
      await once(socket, 'close', { signal: AbortSignal.timeout(30_000) });
      if (!Buffer.concat(back).equals(blob)) blame('a tunnel changed what it carried');
    } catch (error) {
      blame(`a tunnel broke: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      socket.destroy();
    }
  };

  const client = async (): Promise<void> => {
    while (going()) {
      if (pause > 0) await delay(pause);
      const number = random.below(1e9);
      const kind = random.below(20);
      if (kind === 0) await throughProxy();
      else if (kind < 8) await dns(engine, `n${number}.always.example`, 'yes');
      else if (kind < 10) await dns(engine, `n${number % 50}.always.example`, 'yes');
      else if (kind < 16) await dns(engine, `n${number}.never.example`, 'no');
      else if (kind < 18) await dns(engine, 'sometimes.example', 'either');
      else if (kind < 19) await dns(workload, `n${number}.elsewhere.example`, 'yes');
      else await dns(workload, 'gcr.io', 'no');
    }
  };

  /** Those that the gateway may ask. */
  let named = resolvConf === null ? upstreams : upstreams.slice(0, 2);
  const disturbances: Record<string, () => Promise<void>> = {
    'one silent': async () => {
      random.pick(named).mode = 'silent';
    },
    'one failing': async () => {
      random.pick(named).mode = 'failing';
    },
    'all without UDP': async () => {
      for (const upstream of upstreams) upstream.mode = 'silent over UDP';
    },
    'one gone': async () => {
      await random.pick(upstreams).stop();
    },
    'all gone': async () => {
      outages += 1;
      for (const upstream of upstreams) await upstream.stop();
    },
    'all failing': async () => {
      outages += 1;
      for (const upstream of upstreams) upstream.mode = 'failing';
    },
    none: async () => undefined,
  };
  const disturb = async (): Promise<void> => {
    let left: string[] = [];
    while (going()) {
      if (left.length === 0) left = Object.keys(disturbances);
      const name = random.pick(left);
      left = left.filter((each) => each !== name);
      result.disturbances[name] = (result.disturbances[name] ?? 0) + 1;
      disturbance = name;
      await disturbances[name]?.();
      await delay(300 + random.below(700));
      for (const upstream of upstreams) {
        upstream.mode = 'fine';
        await upstream.start();
      }
      if (outages % 2 === 1) {
        outages += 1;
        lastEnded = performance.now();
      }
      disturbance = `after ${name}`;
      await delay(QUIET_MS);
    }
  };

  /** The system is told to use other resolvers, one of which it used before. Those that it used to are asked no more. */
  const rename = async (): Promise<void> => {
    if (resolvConf === null) return;
    result.resolverChanges = 0;
    while (going()) {
      const [gone = random.pick(named)] = named;
      const next = upstreams.filter((each) => each !== gone);
      await nameResolvers(resolvConf, next);
      const wanted = next.map(({ address }) => address).join();
      await waitFor('the gateway to use the resolvers of resolv.conf', async () => {
        const status = await gateway.status();
        return status.upstreams.map(({ address }) => address).join() === wanted || !going();
      });
      if (!going()) return;
      named = next;
      result.resolverChanges += 1;
      await delay(LONGEST_FLIGHT_MS);
      const before = gone.asked;
      await delay(500 + random.below(2_000));
      if (gone.asked > before) blame(`${gone.address} is asked, though it is named no more`);
    }
  };

  const swap = async (): Promise<void> => {
    for (let revision = 3; going(); revision += 1) {
      await program(revision);
      result.swaps += 1;
      await delay(random.below(600) + 100 * pause);
    }
  };

  const samples: number[] = [];
  const watch = async (): Promise<void> => {
    while (told && going()) {
      samples.push(memory(gateway.pid).now);
      await delay(100);
    }
  };

  await Promise.all([...Array.from({ length: CLIENTS }, client), disturb(), rename(), swap(), watch()]);

  const { problems } = await gateway.status();
  if (problems.length > 0) result.wrong.push(JSON.stringify(problems));
  // A thread that had to be replaced has taken questions with it.
  if (/unexpected|DNS thread/.test(gateway.log())) result.wrong.push(gateway.log().slice(-2000));
  if (!told) return;
  const third = Math.floor(samples.length / 3);
  // Each exchange takes memory and gives it back: what is never given back shows at the lowest.
  const lowest = (from: number[]): number => Math.min(...from);
  result.memory = { before: lowest(samples.slice(third, 2 * third)), after: lowest(samples.slice(2 * third)) };
  if (result.memory.after > result.memory.before * 1.1 + BREATH) {
    result.wrong.push(`memory grew from ${result.memory.before} to ${result.memory.after} MiB`);
  }
  const most = descriptorsBefore + MOST_POOLED;
  // Connections that nobody uses end by themselves after a while.
  await waitFor('descriptors to be closed', () => openDescriptors(gateway.pid) <= most).catch((error) =>
    result.wrong.push(`${error.message}: ${openDescriptors(gateway.pid)}, and ${descriptorsBefore} before`),
  );
  result.descriptors = { before: descriptorsBefore, after: openDescriptors(gateway.pid) };
}
