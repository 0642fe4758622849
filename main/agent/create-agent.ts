import type { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { decide } from '../../shared/decide.ts';
import { circumstancesOf } from '../../shared/messages/describe-explanation.ts';
import { wordsFor } from '../../shared/messages/words.ts';
import { type Problem, ProblemError } from '../../shared/problems/problem.ts';
import { denyRules, openRules, type RuleSet } from '../../shared/rule-set/rule-set.ts';
import type { Denial, GatewayStatus } from '../../shared/schemas/control-schema.ts';
import type { IpcHandlers } from '../../shared/schemas/ipc.ts';
import type { GatewayView, Snapshot } from '../../shared/schemas/snapshot.ts';
import { deriveState, type PolicyLockCause, policyLock, summaryOf } from '../../shared/state/derive-state.ts';
import type { EngineState, PolicyState, PolicySummary } from '../../shared/state/inputs.ts';
import { belongs } from '../../shared/state/session.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { ManagedConfigSource } from '../managed-config/managed-config.ts';
import { makePrivateFolder } from '../platform/fs/atomic-file.ts';
import type { Logger } from '../platform/log/logger.ts';
import { parseSocketAddress } from '../platform/net/socket-address.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { Agent } from './agent.ts';
import { desiredPolicyOf } from './desired-policy.ts';
import { caveatsOf } from './diagnostics/caveats.ts';
import type { Environment } from './diagnostics/environment.ts';
import type { MachineFacts } from './diagnostics/machine/machine-facts.ts';
import { watchMachine } from './diagnostics/machine/machine-watch.ts';
import { readableId } from './diagnostics/readable-id.ts';
import { reportName, reportText } from './diagnostics/report.ts';
import { saveReport } from './diagnostics/report-folder.ts';
import { createDenialHistory } from './enforcement/denial-history.ts';
import { type FilterInputs, filterState, wallStates } from './enforcement/filter-state.ts';
import { createGatewayLink, type LinkState } from './enforcement/gateway-link.ts';
import { createProber } from './enforcement/prober.ts';
import { createProgrammer } from './enforcement/programmer.ts';
import type { Listeners } from './engines/demo-engine.ts';
import type { Engine } from './engines/engine.ts';
import { type Decider, explain, ownDecider, readSubject } from './explain.ts';
import { fitSnapshot } from './fit-snapshot.ts';
import { healthOf } from './health.ts';
import { watchNetwork } from './network-watch.ts';
import { pageOf } from './page.ts';
import { firstUseKeys } from './policy/first-use-keys.ts';
import { policyState } from './policy/policy-state.ts';
import { policyStore, readShort } from './policy/policy-store.ts';
import { createPolicySync } from './policy/policy-sync.ts';
import { registryPage } from './policy/registry-pages.ts';
import { keysAreFirstUse, syncTarget } from './policy/sync-target.ts';
import { verifyOffThread } from './policy/verify-off-thread.ts';
import { type Preferences, refuseLocked } from './preferences.ts';
import type { Session } from './session/session.ts';
import { transitionLog } from './transition-log.ts';
import { watchForWake } from './wake-watch.ts';

export interface AgentDeps {
  version: string;
  /** Only this user's; made if it is not there. */
  stateDir: string;
  managedConfig: ManagedConfigSource;
  session: Session;
  preferences: Preferences;
  /** Made from the gateway's listeners, which the demo asks itself. */
  engine: (listeners: Listeners) => Engine;
  /** Connects to the gateway's control socket. */
  connectGateway: () => Promise<Duplex>;
  /** The server's address as the managed configuration has it, or the fallback of whoever starts us; null if nobody says. */
  hub: () => string | null;
  fetch: typeof fetch;
  clock: Clock;
  /** In [0, 1): spreads what many machines do. */
  random: () => number;
  /** Unpredictable bytes. */
  randomBytes: (count: number) => Buffer;
  /** @returns whether a browser was opened. */
  openInBrowser: (address: string) => Promise<boolean>;
  platform: NodeJS.Platform;
  networkInterfaces: typeof networkInterfaces;
  /** What bears on the enforcement here beside the filter. @param isListed does the organization's list allow this host? */
  inspectMachine: (engine: EngineState, isListed: (host: string) => boolean) => Promise<MachineFacts>;
  /** For a report. */
  environment: () => Environment;
  /** The end of this agent's own log, oldest line first; none where it is not in a file. */
  readLog: () => Promise<string[]>;
  log: Logger;
}

const DEFAULT_REFRESH_MINUTES = 15;
/** Agent and gateway read the same files, each at its own time. */
const DISAGREEMENT_MS = 15_000;
/** A storm of refusals changes a counter, and nobody reads faster than this. */
const DENIALS_SHOWN_EVERY_MS = 500;
const LOCK_PATIENCE_MS = 5_000;
const MOST_UPSTREAMS_SHOWN = 32;

/** Builds the parts, keeps them informed of each other, and owns the one value that tells how they all are. */
export function createAgent(deps: AgentDeps): Agent {
  const { managedConfig, session, preferences, clock, random, randomBytes, log } = deps;
  const reportId = readableId(randomBytes(6));
  const policyFolder = join(deps.stateDir, 'policy');
  const store = policyStore(policyFolder, log);
  const firstKeys = firstUseKeys(join(policyFolder, 'first-use-keys.json'), deps.fetch, clock);
  const transitions = transitionLog(join(deps.stateDir, 'transitions.json'), clock, log);
  const denials = createDenialHistory(clock);
  const link = createGatewayLink({ connect: deps.connectGateway, clock, random, log });
  const engine = deps.engine(() => listenersOf(statusNow()));
  const machine = watchMachine(() => deps.inspectMachine(engine.description, isListed), clock, log);
  const programmer = createProgrammer({ link, clock, random, readShort, log });
  const prober = createProber({ engine, link, clock, randomBytes, log });
  const seed = (): number => randomBytes(4).readUInt32LE();
  const refreshMinutes = (): number => managedConfig.current().settings.refreshMinutes ?? DEFAULT_REFRESH_MINUTES;
  const policySync = createPolicySync({ store, judge: verifyOffThread, clock, random, seed, refreshMinutes, log });

  const snapshotListeners = new Set<(snapshot: Snapshot) => void>();
  const denialListeners = new Set<(denial: Denial) => void>();
  const stops: (() => void)[] = [];
  let current: Snapshot | null = null;
  let published = '';
  let due = false;
  let started = false;
  let cancelDenials: (() => void) | null = null;
  let disagreesSince: number | null = null;
  let sessionKind: string | null = null;
  let deniedAttempt: number | null = null;

  function statusNow(): GatewayStatus | null {
    const state = link.state();
    return state.kind === 'up' ? state.status : null;
  }

  /** After any change: whoever depends on it is told, and then everybody who looks on. Several changes at once are one. */
  function changed(): void {
    if (due || !started) return;
    due = true;
    queueMicrotask(settle);
  }

  function settle(): void {
    if (!due || !started) return;
    due = false;
    const managed = managedConfig.current();
    const who = session.state();
    policySync.setTarget(
      syncTarget({
        managed,
        session: who,
        hub: deps.hub(),
        firstUseKeys: firstKeys,
        accessToken: (refused) => session.accessToken(refused),
        fetch: deps.fetch,
        clock,
      }),
    );
    programmer.want(
      desiredPolicyOf({
        managed,
        session: who,
        policy: policySync.state(),
        applied: statusNow(),
        files: store,
        firstUseKeys: keysAreFirstUse(managed) ? firstKeys.known(deps.hub() ?? '') : null,
        lockCause: lockCauseNow(),
        now: clock.wall(),
      }),
    );
    publish();
  }

  function publish(): void {
    const snapshot = fitSnapshot(take());
    const text = JSON.stringify({ ...snapshot, at: 0 });
    if (text === published) return;
    published = text;
    current = snapshot;
    transitions.note(snapshot.state);
    for (const listener of snapshotListeners) listener(snapshot);
  }

  function filterInputs(): FilterInputs {
    return {
      link: link.state(),
      programmer: programmer.state(),
      policyHeld: policySync.state().held !== null,
      denyExpected: isConfigurationFaulty() || lockCauseNow() !== null,
      last: prober.last(),
      lastProven: prober.lastProven(),
      probing: prober.running(),
      now: { wall: clock.wall(), monotonic: clock.monotonic() },
    };
  }

  function policyNow(): PolicyState {
    const state = session.state();
    const status = statusNow();
    const org = state !== null && belongs(state) ? state.org : null;
    const { pending, refusal } = programmer.state();
    const refused = pending?.kind === 'program' && refusal !== null ? (status?.lastRefusal ?? null) : null;
    const known = policyState(policySync.state(), inForceOf(status, org), refused, refreshMinutes(), effectiveNow());
    // The gateway's idea of the time counts: it remembers what has expired, however this machine's clock is set.
    const spent = status?.inForce.kind === 'deny' && status.inForce.reason === 'policy-expired' ? status.policy : null;
    const current = summaryOf(known);
    return current !== null && current.digest === spent?.digest ? { kind: 'expired', policy: current } : known;
  }

  /** Why nobody who belongs to the organization may pull anything; null where its policy can be in force. */
  function lockCauseNow(): PolicyLockCause | null {
    const who = session.state();
    return who !== null && belongs(who) ? policyLock(policyNow(), effectiveNow()) : null;
  }

  function isConfigurationFaulty(): boolean {
    const { verdict } = managedConfig.current();
    return verdict === 'malformed' || verdict === 'unreadable';
  }

  /** A clock that was set back does not make an expired policy valid again. */
  function effectiveNow(): number {
    return Math.max(clock.wall(), (policySync.state().held?.summary.iat ?? 0) * 1000);
  }

  function take(): Snapshot {
    const managed = managedConfig.current();
    const { settings, ...shown } = managed;
    const who = session.state();
    const policy = who === null ? null : policyNow();
    const filterNow = filterInputs();
    const filter = filterState(filterNow);
    const status = statusNow();
    const lastProof = prober.last();
    const health = healthOf({
      managed,
      session: session.health(),
      gateway: status,
      gatewayDisagrees: disagreesLastingly(status),
      keysNotPinned: who !== null && belongs(who) && keysAreFirstUse(managed),
      serverAhead: policySync.state().serverAhead,
    });
    return {
      version: deps.version,
      at: clock.wall(),
      state: deriveState({ managed, session: who, policy, filter, health, now: effectiveNow() }),
      managed: {
        ...shown,
        hub: deps.hub(),
        locked: settings.locked ?? [],
        keysPinned: settings.policyKeys !== undefined,
      },
      session: who,
      policy,
      filter,
      walls: wallStates(filterNow),
      gateway: gatewayView(),
      engine: engine.description,
      sync: policySync.state().sync,
      health,
      caveats: caveatsOf({
        platform: deps.platform,
        engine: engine.description,
        machine: machine.facts(),
        proxyInUse: lastProof?.engine.kind === 'running' ? lastProof.engine.proxy.inUse : null,
        signInEnforced: managed.verdict !== 'absent',
        filterResolvers: status && resolversOf(status),
      }),
      deniedToday: denials.today(),
      denialsVersion: denials.version(),
      preferences: preferences.view(managed),
      reportId,
    };
  }

  function gatewayView(): GatewayView {
    const state = link.state();
    const { dns, proxy } = listenersOf(statusNow()) ?? { dns: [], proxy: [] };
    return {
      connected: state.kind === 'up',
      generation: state.kind === 'up' ? state.status.generation : null,
      version: state.kind === 'up' ? state.status.version : null,
      dns: [...dns],
      proxy: [...proxy],
      upstreams: statusNow()?.upstreams.slice(0, MOST_UPSTREAMS_SHOWN) ?? [],
      problem: state.kind === 'down' ? state.problem : (statusNow()?.lastRefusal ?? null),
    };
  }

  function disagreesLastingly(status: GatewayStatus | null): boolean {
    const key = ({ verdict, allowedOrgs }: GatewayStatus['managed']): string => JSON.stringify([verdict, allowedOrgs]);
    if (status === null || key(status.managed) === key(managedConfig.current())) {
      disagreesSince = null;
      return false;
    }
    disagreesSince ??= clock.monotonic();
    return clock.monotonic() - disagreesSince > DISAGREEMENT_MS;
  }

  function sessionChanged(): void {
    const kind = session.state()?.kind ?? null;
    if (kind !== sessionKind) {
      const before = sessionKind;
      sessionKind = kind;
      if (kind === 'signed-out' || kind === 'wrong-organization') policySync.forget();
      // Back from being offline: what the server had to say meanwhile is fetched now.
      if (kind === 'signed-in' && (before === 'offline' || before === 'credential-unreadable'))
        void policySync.syncNow();
    }
    changed();
  }

  /** A server that does not know the user any more has the session find out who they are now. */
  function syncChanged(): void {
    const { problem, lastAttempt } = policySync.state().sync;
    const denied = problem?.code === 'not-a-member' || problem?.code === 'not-authorized';
    if (denied && lastAttempt !== deniedAttempt) {
      deniedAttempt = lastAttempt;
      void session.reconsider();
    }
    changed();
  }

  function denied(denial: Denial): void {
    if (!denials.add(denial)) return;
    for (const listener of denialListeners) listener(denial);
    cancelDenials ??= clock.after(DENIALS_SHOWN_EVERY_MS, () => {
      cancelDenials = null;
      changed();
    });
  }

  function lookAgain(): void {
    log.info('the machine woke, its clock was set, or the network changed');
    void session.reconsider();
    if (policySync.state().org !== null) void policySync.syncNow();
    void prober.run();
    machine.lookAgain();
  }

  function isListed(host: string): boolean {
    const rules = policySync.state().held?.rules;
    if (rules === undefined) return false;
    const { reason } = decide(rules, 'engine', host);
    return reason === 'allowed-by-policy' || reason === 'allowed-companion';
  }

  function ownRules(): RuleSet {
    const managed = managedConfig.current();
    if (isConfigurationFaulty()) return denyRules('managed-config-invalid');
    const who = session.state();
    if (who === null || !belongs(who)) {
      return managed.verdict === 'absent' ? openRules() : denyRules('sign-in-required', managed.allowedOrgs);
    }
    const { held } = policySync.state();
    if (held === null) return denyRules('no-policy', [who.org]);
    return held.summary.exp * 1000 > effectiveNow() ? held.rules : denyRules('policy-expired', [who.org]);
  }

  /** The gateway's word if it can be had: what it has in force counts, not what we hold. */
  const decider: Decider = async (host, view, port) => {
    try {
      return await link.call('explain', { host, view, ...(port === null ? {} : { port }) });
    } catch (error) {
      if (statusNow() !== null) throw error;
      return ownDecider(ownRules())(host, view, port);
    }
  };

  const handlers: Omit<IpcHandlers, 'panel.open'> = {
    'snapshot.get': async () => snapshot(),
    'session.signIn': async ({ opener }) => {
      const { authorizationUrl } = await session.signIn();
      return { authorizationUrl, opened: opener === 'agent' && (await deps.openInBrowser(authorizationUrl)) };
    },
    'session.signInByDevice': async () => session.signInByDevice(),
    'session.cancelSignIn': async () => {
      session.cancelSignIn();
      return {};
    },
    'session.signOut': async () => {
      await session.signOut();
      await programmed();
      return {};
    },
    'sync.now': async () => policySync.syncNow(),
    'enforcement.check': async () => {
      await prober.run();
      const filter = filterState(filterInputs());
      return {
        verified: filter?.kind === 'verified',
        problem: filter !== null && 'problem' in filter ? filter.problem : null,
      };
    },
    'registries.list': async (args) => {
      const { held } = policySync.state();
      if (held === null) return { items: [], total: 0, next: null, stale: args.cursor !== null, version: '' };
      return registryPage(held.rules.lines, held.summary.digest, args, breathe);
    },
    'decide.explain': async ({ subject }) => {
      const read = readSubject(subject);
      if (!read.ok) throw new ProblemError(read.problem);
      return explain(subject, read.value, circumstancesOf(snapshot(), wordsFor('en', 'en')), decider);
    },
    'denials.list': async (args) => pageOf(denials.entries(), denials.version(), args, ({ host }) => host),
    'transitions.list': async (args) =>
      pageOf(transitions.entries(), transitions.version(), args, ({ from, to, code }) => `${from} ${to} ${code}`),
    'preferences.set': async (change) => {
      refuseLocked(change, managedConfig.current());
      preferences.set(change);
      return {};
    },
    'report.save': async () => {
      const at = clock.wall();
      const text = reportText({
        at,
        environment: deps.environment(),
        agent: {
          snapshot: snapshot(),
          transitions: transitions.entries(),
          denials: denials.entries(),
          machine: machine.facts(),
        },
        agentProblem: null,
        gateway: gatewayTold(link.state()),
        managedConfig: null,
        log: await deps.readLog(),
      });
      return { file: await saveReport(join(deps.stateDir, 'reports'), reportName(reportId, at), text) };
    },
  };

  /** What is wanted is in force, or cannot be had at the moment. */
  function programmed(): Promise<void> {
    settle();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        stopListening();
        resolve();
      };
      const look = (): void => {
        if (programmer.state().pending === null || link.state().kind !== 'up') done();
      };
      const cancel = clock.after(LOCK_PATIENCE_MS, done);
      const stopListening = programmer.onChange(look);
      look();
    });
  }

  function breathe(): Promise<void> {
    return new Promise((resolve) => clock.after(0, resolve));
  }

  function snapshot(): Snapshot {
    settle();
    current ??= fitSnapshot(take());
    return { ...current, at: clock.wall() };
  }

  return {
    snapshot,
    onSnapshot: (listener) => subscribe(snapshotListeners, listener),
    onDenial: (listener) => subscribe(denialListeners, listener),
    handlers,
    lookAgain,
    async start() {
      await makePrivateFolder(deps.stateDir);
      await makePrivateFolder(policyFolder);
      await transitions.load();
      started = true;
      log.info({ reportId }, 'the agent has started');
      stops.push(
        managedConfig.onChange(() => {
          void session.reconsider();
          changed();
        }),
        session.onChange(sessionChanged),
        preferences.onChange(changed),
        machine.onChange(changed),
        policySync.onChange(syncChanged),
        link.onChange(changed),
        link.onDenial(denied),
        programmer.onChange(changed),
        prober.onChange(changed),
        watchForWake(clock, lookAgain, changed),
        watchNetwork(clock, deps.networkInterfaces, lookAgain),
      );
      link.start();
      machine.lookAgain();
      sessionChanged();
    },
    async stop() {
      started = false;
      for (const stop of stops) stop();
      cancelDenials?.();
      machine.stop();
      prober.stop();
      programmer.stop();
      link.stop();
      await policySync.stop();
      await transitions.flush();
    },
  };
}

function gatewayTold(state: LinkState): GatewayStatus | Problem | null {
  if (state.kind === 'up') return state.status;
  return state.kind === 'down' ? state.problem : null;
}

/** The addresses to which a resolver's can be compared: those at the usual port. */
function resolversOf({ listeners: { dns } }: GatewayStatus): string[] {
  return [...dns.engine, ...dns.workload]
    .map(parseSocketAddress)
    .filter(({ port }) => port === 53)
    .map(({ host }) => host);
}

function listenersOf(status: GatewayStatus | null): { dns: string[]; proxy: string[] } | null {
  return status && { dns: status.listeners.dns.engine, proxy: status.listeners.proxy };
}

/** What the gateway holds anyway: with an empty cache, and the server away, it is all there is to show. */
function inForceOf(status: GatewayStatus | null, org: string | null): PolicySummary | null {
  if (status?.inForce.kind !== 'policy' || status.policy === null || status.policy.org !== org) return null;
  const { hosts: _hosts, ...summary } = status.policy;
  return summary;
}
