import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { createAgent } from '../../main/agent/create-agent.ts';
import { thisEnvironment } from '../../main/agent/diagnostics/environment.ts';
import type { Engine } from '../../main/agent/engines/engine.ts';
import type { Session } from '../../main/agent/session/session.ts';
import { openPolicyController, type PolicyController } from '../../main/gateway/policy/policy-controller.ts';
import { doPolicyJob } from '../../main/gateway/policy/policy-job.ts';
import { emptyState, type StateStore, type StoredState } from '../../main/gateway/policy/state-store.ts';
import { followSources, type ManagedConfigSource } from '../../main/managed-config/follow-sources.ts';
import type { Reading, Source } from '../../main/managed-config/source.ts';
import { silentLogger } from '../../main/platform/log/logger.ts';
import { type RpcConnection, serveRpc } from '../../main/platform/net/json-rpc.ts';
import { decide } from '../../shared/decide.ts';
import { DIRECT_PROBE_SUFFIX } from '../../shared/probe-names.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { type ControlEventData, controlMethods, MAX_CONTROL_LINE } from '../../shared/schemas/control-schema.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import type { SessionState } from '../../shared/state/inputs.ts';
import { belongs } from '../../shared/state/session.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { AdministratorsWord, History } from './allowance-oracle.ts';
import { type DocumentPool, type PolicyTruth, type SignerName, START } from './document-pool.ts';
import { gatewayStatus } from './gateway-status.ts';
import { manualClock } from './manual-clock.ts';
import { machine } from './panel-data.ts';

const HOUR_MS = 3_600_000;
const STEP_MS = 500;
/** Seconds after which an end is noticed at the latest. */
export const EXPIRY_NOTICED = 6;
/** Seconds after which a change of the files is noticed at the latest: they are read every two. */
export const CHANGE_NOTICED = 4;
/** As `process.getActiveResourcesInfo()` calls what another thread is busy with. */
const WORKING = /^FSReq|Request$|Job$/;
/** Every file is synced to the disk, of which nothing here depends on: where there is a disk of memory, it is used. */
const MEMORY = '/dev/shm';
const HUB = 'https://hub.acme.example';
const user = { sub: 'mia', name: 'Mia' };
const problem = { code: 'server-unreachable', message: 'The server cannot be reached.' };
const silent = silentLogger();

/** `unread` fails to be read for a moment; `unreadable` is there, but an unprivileged user could have written it. */
export type FileState = AdministratorsWord['verdict'] | 'unread';
export type Weather = 'fine' | 'no network' | 'portal' | '401' | '403' | '500' | 'bad certificate' | 'silence';

export type MachineEvent =
  | { kind: 'files'; state: FileState; allowedOrgs: string[]; pinned: SignerName[] }
  | { kind: 'weather'; weather: Weather }
  | { kind: 'server has'; policy: number; membership: number }
  | { kind: 'time passes'; seconds: number }
  | { kind: 'the clock is set'; hours: number }
  | { kind: 'sleep'; hours: number }
  | { kind: 'session'; state: SessionState['kind']; org: string }
  | { kind: 'gateway is killed' }
  | { kind: 'gateway starts' }
  | { kind: 'agent starts anew' }
  | { kind: 'engine'; state: 'attached' | 'detached' | 'stopped' }
  | { kind: 'somebody programs'; policy: number; membership: number | null; keys: SignerName | null }
  | { kind: 'somebody locks' }
  | { kind: 'somebody releases' };

export interface PlayedMachine {
  history: History;
  /** null while it is dead. */
  controller(): PolicyController | null;
  snapshot(): Snapshot;
  /** Every snapshot that was published, oldest first. */
  published: Snapshot[];
  /** Generations at which the engine was refused a test name by both walls, in the present life of the gateway. */
  probed: ReadonlySet<number>;
  engine(): 'attached' | 'detached' | 'stopped';
  /** How long each of these has been as it is, in seconds. */
  since: { files: () => number; absence: () => number; engine: () => number; clock: () => number };
  happen(event: MachineEvent): Promise<void>;
  /** Lets this many seconds pass, and what they set off. */
  pass(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The agent, the gateway's rule controller and both readers of the managed configuration as they are, over a world that is
 * played: files, network, server, clock, engine, and whoever else finds the gateway's socket.
 */
export async function playMachine(pool: DocumentPool): Promise<PlayedMachine> {
  const clock = manualClock(START * 1000);
  const folder = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'portcullis-played-'));
  const policyOf = new Map(pool.policies.map(({ jws, truth }) => [sha256(jws), truth]));
  const membershipOf = new Map(pool.memberships.map(({ jws, truth }) => [jws, truth]));
  let files: Extract<MachineEvent, { kind: 'files' }> = {
    kind: 'files',
    state: 'present',
    allowedOrgs: ['acme'],
    pinned: ['old'],
  };
  let filesAt = 0;
  let absentAt = 0;
  let engineState: 'attached' | 'detached' | 'stopped' = 'attached';
  let engineAt = 0;
  let clockAt = 0;
  let weather: Weather = 'fine';
  let served = { policy: 1, membership: 0 };
  let sessionState: SessionState = { kind: 'signed-out', problem: null };
  const sessionListeners = new Set<(state: SessionState) => void>();
  const published: Snapshot[] = [];
  const probed = new Set<number>();
  const history: History = {
    word: { verdict: 'present', allowedOrgs: ['acme'], pinned: ['old'] },
    offered: { policies: [], memberships: [] },
    accepted: [],
    locked: false,
    now: START,
  };

  // ── the administrator's files ─────────────────────────────────────────────────────────────────────────────────────
  const read = async (provides: Source['provides']): Promise<Reading> => {
    const organizations = provides === 'organizations';
    const { state } = files;
    const verdict = state === 'unread' ? 'unreadable' : organizations || state !== 'absent' ? state : 'present';
    const there = organizations && verdict === 'present';
    return {
      source: {
        file: organizations ? '/etc/registry.json' : '/etc/portcullis.json',
        kind: organizations ? 'registry-json' : 'portcullis-json',
        verdict: organizations ? verdict : 'present',
        allowedOrgs: there ? files.allowedOrgs : [],
        problems: [],
      },
      settings: organizations
        ? {}
        : {
            hub: HUB,
            ...(files.pinned.length === 0 ? {} : { policyKeys: { keys: files.pinned.map((name) => pool.keys[name]) } }),
          },
      failure: organizations && state === 'unread' ? 'io' : null,
    };
  };
  const sources: Source[] = (['organizations', 'settings'] as const).map((provides) => ({
    provides,
    watch: null,
    read: () => read(provides),
  }));
  const follow = (): Promise<ManagedConfigSource> => followSources(sources, { clock, log: silent, trial: false });

  // ── the gateway ───────────────────────────────────────────────────────────────────────────────────────────────────
  let disk: StoredState = emptyState;
  let gateway: { controller: PolicyController; managed: ManagedConfigSource; connections: Set<RpcConnection> } | null =
    null;
  let offeredNow: PolicyTruth | undefined;
  const store: StateStore = {
    folder,
    policyFile: (digest) => join(folder, `policy-${digest}.jws`),
    load: async () => structuredClone(disk),
    save: async (state) => {
      disk = structuredClone(state);
    },
    sweep: async () => undefined,
  };

  async function startGateway(): Promise<void> {
    if (gateway !== null) return;
    const managed = await follow();
    const controller = await openPolicyController({
      store,
      managed: managed.current,
      async runJob(job) {
        const outcome = await doPolicyJob(job);
        if (job.kind === 'program' && outcome.ok) {
          offeredNow = policyOf.get(outcome.value.policy?.digest ?? '');
          const proof = membershipOf.get(outcome.value.membership?.token ?? '');
          if (offeredNow !== undefined) history.offered.policies.push(offeredNow);
          if (proof !== undefined) history.offered.memberships.push(proof);
        }
        return outcome;
      },
      clock,
      log: silent,
      uid: process.getuid?.(),
    });
    const connections = new Set<RpcConnection>();
    const mine = { controller, managed, connections };
    controller.attach(
      async () => undefined,
      () =>
        tell('generation', { generation: controller.current().generation, inForce: controller.current().effective }),
    );
    managed.onChange(() => void controller.reconsider());
    probed.clear();
    gateway = mine;
    await controller.reconsider();
  }

  function tell(event: string, data: unknown): void {
    for (const connection of gateway?.connections ?? []) connection.notify(event, data);
  }

  async function program(...[request]: Parameters<PolicyController['program']>) {
    if (gateway === null) throw new Error('dead');
    const result = await gateway.controller.program(request);
    if (offeredNow !== undefined) history.accepted.push(offeredNow);
    history.locked = false;
    return result;
  }

  async function connectGateway() {
    if (gateway === null) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { controller, managed, connections } = gateway;
    const [ours, theirs] = duplexPair();
    const connection = serveRpc(
      ours,
      controlMethods,
      {
        status: () => {
          const { generation, effective, policy } = controller.current();
          return {
            ...gatewayStatus,
            managed: managed.current(),
            generation,
            inForce: effective,
            policy: policy && { ...policy.claims, ...policy.rules.counts, digest: policy.digest },
            membership: controller.membershipStatus(),
            lock: controller.lockHeld(),
            keysPinned: controller.keysPinned(),
            lastRefusal: controller.lastRefusal(),
            problems: controller.problems(),
          };
        },
        program,
        receipt: () => {
          throw new ProblemError({ code: 'receipt-no-identity', message: 'No key.' });
        },
        hosts: () => ({ since: 0, hosts: [] }),
        lock: async ({ reason }) => {
          const result = await controller.lock(reason);
          history.locked = true;
          return result;
        },
        release: async () => {
          const result = await controller.release();
          history.locked = false;
          return result;
        },
        explain: ({ host, view, port }) => {
          const { rules, generation } = controller.current();
          return { ...decide(rules, view, host, port), generation };
        },
        denials: () => ({ since: clock.wall(), hosts: [], counts: [] }),
        subscribe: (_params, subscriber) => {
          connections.add(subscriber);
          return { generation: controller.current().generation };
        },
      },
      { maxLine: MAX_CONTROL_LINE, onClose: (gone) => connections.delete(gone) },
    );
    connections.add(connection);
    return theirs;
  }

  function killGateway(): void {
    gateway?.controller.close();
    gateway?.managed.close();
    for (const connection of gateway?.connections ?? []) connection.close();
    gateway = null;
  }

  // ── the engine ────────────────────────────────────────────────────────────────────────────────────────────────────
  const engine: Engine = {
    description: { kind: 'vm', name: 'engine', socket: null },
    inspect: async () =>
      engineState === 'stopped'
        ? { kind: 'stopped', problem: null }
        : { kind: 'running', version: null, dns: { inUse: true }, proxy: { inUse: true } },
    async probe(host) {
      if (engineState === 'stopped') return { kind: 'no-answer', problem };
      if (engineState === 'detached') return { kind: 'passed', detail: 'an answer from elsewhere' };
      if (gateway === null) return { kind: 'denied', detail: 'connection refused' };
      const { rules, generation } = gateway.controller.current();
      const wall = host.endsWith(`.${DIRECT_PROBE_SUFFIX}`) ? 'dns' : 'proxy';
      const nonce = host.slice(1, host.indexOf('.'));
      if (rules.kind !== 'open' && decide(rules, 'engine', host).allowed)
        throw new Error('a test name was let through');
      probed.add(generation);
      tell('probe', { nonce, wall, view: 'engine', generation, at: clock.wall() } satisfies ControlEventData<'probe'>);
      return { kind: 'denied', detail: 'no such host' };
    },
  };

  // ── the server, and who is signed in ──────────────────────────────────────────────────────────────────────────────
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    init?.signal?.throwIfAborted();
    const jose = (body: string) => new Response(body, { headers: { 'content-type': 'application/jose' } });
    const failing = (code: string) =>
      new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
    switch (weather) {
      case 'no network':
        throw failing('ENETUNREACH');
      case 'bad certificate':
        throw failing('CERT_HAS_EXPIRED');
      case 'portal':
        return new Response('<h1>Welcome', { headers: { 'content-type': 'text/html' } });
      case 'silence':
        return new Promise((_resolve, reject) =>
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
        );
      case '401':
      case '403':
      case '500':
        return new Response('', { status: Number(weather) });
      case 'fine':
        if (pathname.endsWith('/policy-keys')) return Response.json({ keys: [pool.keys.old] });
        if (pathname.endsWith('/registry-access')) return jose(pool.policies[served.policy]?.jws ?? '');
        if (pathname.endsWith('/membership')) return jose(pool.memberships[served.membership]?.jws ?? '');
        return new Response('', { status: 404 });
    }
  };
  const session: Session = {
    state: () => sessionState,
    onChange: (listener) => subscribe(sessionListeners, listener),
    health: () => [],
    idToken: async () => null,
    signIn: async () => ({ authorizationUrl: HUB }),
    signInByDevice: async () => ({ verificationUri: HUB, userCode: 'A', expiresAt: 0 }),
    continueSignIn: async () => ({ address: HUB, userCode: null }),
    cancelSignIn: () => undefined,
    signOut: async () => undefined,
    accessToken: async () => {
      if (sessionState.kind !== 'signed-in') throw new ProblemError(problem);
      return 'token';
    },
    reconsider: async () => undefined,
    close: async () => undefined,
  };
  const sessionOf = (kind: SessionState['kind'], org: string): SessionState => {
    switch (kind) {
      case 'signed-out':
        return { kind, problem: null };
      case 'signing-in':
        return { kind, since: clock.wall() };
      case 'wrong-organization':
        return { kind, user, has: [org] };
      case 'signed-in':
        return { kind, user, org };
      case 'offline':
      case 'credential-unreadable':
        return { kind, user, org, problem };
    }
  };

  // ── the agent ─────────────────────────────────────────────────────────────────────────────────────────────────────
  async function startAgent() {
    const managedConfig = await follow();
    const agent = createAgent({
      version: '0',
      stateDir: join(folder, 'agent'),
      managedConfig,
      session,
      preferences: {
        view: () => ({
          theme: { value: 'system', locked: false },
          language: { value: 'system', locked: false },
          startAtLogin: null,
          notifications: null,
        }),
        apply: () => undefined,
        set: async () => undefined,
        onChange: () => () => undefined,
      },
      createEngine: () => () => engine,
      connectGateway,
      hub: () => HUB,
      fetch,
      clock,
      random: () => 0.5,
      randomBytes,
      openInBrowser: async () => false,
      platform: 'linux',
      networkInterfaces: () => ({}),
      inspectMachine: async () => machine,
      environment: () => thisEnvironment({}),
      readLog: async () => [],
      log: silent,
    });
    agent.onSnapshot((snapshot) => published.push(snapshot));
    await agent.start();
    return {
      agent,
      stop: async () => {
        managedConfig.close();
        const stopped = agent.stop();
        // What waits for a time-out waits for this clock.
        await pass(40);
        await stopped;
      },
    };
  }

  /** What is under way comes to rest, as far as it does without the clock: disk and cryptography work on other threads. */
  async function rest(): Promise<void> {
    for (let calm = 0; calm < 4; calm += 1) {
      await new Promise(setImmediate);
      if (process.getActiveResourcesInfo().some((name) => WORKING.test(name))) calm = 0;
    }
  }

  async function pass(seconds: number): Promise<void> {
    for (let left = seconds * 1000; left > 0; left -= STEP_MS) {
      clock.advance(STEP_MS);
      await rest();
    }
    // Whether something has run out is asked every few seconds.
    history.now = Math.floor(clock.wall() / 1000) - EXPIRY_NOTICED;
  }

  const offered = async (kind: string, jws: string | undefined): Promise<string> => {
    const path = join(folder, `${kind}.offered`);
    await writeFile(path, jws ?? '');
    return path;
  };

  await startGateway();
  let running = await startAgent();
  const sinceFiles = (): number => (clock.monotonic() - filesAt) / 1000;

  return {
    history,
    controller: () => gateway?.controller ?? null,
    snapshot: () => running.agent.snapshot(),
    published,
    probed,
    engine: () => engineState,
    since: {
      files: sinceFiles,
      absence: () => (clock.monotonic() - absentAt) / 1000,
      engine: () => (clock.monotonic() - engineAt) / 1000,
      clock: () => (clock.monotonic() - clockAt) / 1000,
    },
    pass,
    async happen(event) {
      switch (event.kind) {
        case 'files': {
          // Whether a change was read that cannot be read any more, nobody knows: it is noticed first.
          if (event.state === 'unread') await pass(Math.max(0, CHANGE_NOTICED - sinceFiles()));
          filesAt = clock.monotonic();
          if (files.state !== 'absent') absentAt = filesAt;
          files = event;
          const { allowedOrgs, pinned } = event;
          // What could not be read leaves what was known.
          const verdict = event.state === 'unread' ? history.word.verdict : event.state;
          history.word = event.state === 'unread' ? { ...history.word, pinned } : { verdict, allowedOrgs, pinned };
          break;
        }
        case 'weather':
          weather = event.weather;
          break;
        case 'server has':
          served = event;
          break;
        case 'time passes':
          clock.advance(event.seconds * 1000);
          break;
        case 'the clock is set':
          clock.set(clock.wall() + event.hours * HOUR_MS);
          clockAt = clock.monotonic();
          break;
        case 'sleep':
          clock.sleep(event.hours * HOUR_MS);
          clockAt = clock.monotonic();
          break;
        case 'session':
          sessionState = sessionOf(event.state, event.org);
          for (const listener of sessionListeners) listener(sessionState);
          break;
        case 'gateway is killed':
          killGateway();
          break;
        case 'gateway starts':
          await startGateway();
          break;
        case 'agent starts anew':
          await running.stop();
          running = await startAgent();
          break;
        case 'engine':
          if (event.state !== engineState) engineAt = clock.monotonic();
          engineState = event.state;
          break;
        case 'somebody programs': {
          const { policy, membership, keys } = event;
          await program({
            policyFile: await offered('policy', pool.policies[policy]?.jws),
            membershipFile: membership === null ? null : await offered('membership', pool.memberships[membership]?.jws),
            ...(keys === null ? {} : { firstUseKeys: { keys: [pool.keys[keys]] } }),
          }).catch(() => undefined);
          break;
        }
        case 'somebody locks':
          await gateway?.controller.lock('sign-in-required');
          if (gateway !== null) history.locked = true;
          break;
        case 'somebody releases': {
          const freed = await gateway?.controller.release().then(
            () => true,
            () => false,
          );
          if (freed) history.locked = false;
          break;
        }
      }
      await rest();
    },
    async stop() {
      await running.stop();
      killGateway();
      // Something that was under way may still write.
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

export function memberOf(state: Snapshot['session']): string | null {
  return state !== null && belongs(state) ? state.org : null;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
