import type { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Problem } from '../../shared/problems/problem.ts';
import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { Tour } from '../../shared/schemas/tour.ts';
import type { EngineState, SessionState } from '../../shared/state/inputs.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { ManagedConfigSource } from '../managed-config/managed-config.ts';
import { makePrivateFolder } from '../platform/fs/atomic-file.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { Agent } from './agent.ts';
import { type AgentState, refreshMinutesOf } from './agent-state.ts';
import { createAnnouncements } from './announcements.ts';
import type { Environment } from './diagnostics/environment.ts';
import type { MachineFacts } from './diagnostics/machine/machine-facts.ts';
import { watchMachine } from './diagnostics/machine/machine-watch.ts';
import { readableId } from './diagnostics/readable-id.ts';
import { createDenialHistory } from './enforcement/denial-history.ts';
import { createGatewayLink, statusOf } from './enforcement/gateway-link.ts';
import { createProber } from './enforcement/prober.ts';
import { createProgrammer } from './enforcement/programmer.ts';
import type { Engine, EngineSurroundings } from './engines/engine.ts';
import { createIpcHandlers } from './ipc-handlers.ts';
import { watchNetwork } from './network-watch.ts';
import { createFirstUseKeys } from './policy/first-use-keys.ts';
import { isListed } from './policy/is-listed.ts';
import { createPolicyStore, readShort } from './policy/policy-store.ts';
import { createPolicySync } from './policy/policy-sync.ts';
import { keysAreFirstUse, syncTarget } from './policy/sync-target.ts';
import { verifyOffThread } from './policy/verify-off-thread.ts';
import type { Preferences } from './preferences.ts';
import { disagreesSince, isMembershipDenied, policyAfterSession, reconcile } from './reconcile.ts';
import { reportingLevelOf } from './reporting/report-due.ts';
import { caveatsIn, reportTarget } from './reporting/report-target.ts';
import { createReporter } from './reporting/reporter.ts';
import { reportingFile } from './reporting/reporting-file.ts';
import { createRequestDesk } from './requests/request-desk.ts';
import { requestsFile } from './requests/requests-file.ts';
import { requestsTarget } from './requests/requests-target.ts';
import { awaitsDecision, isWorthAsking } from './requests/requests-view.ts';
import type { Session } from './session/session.ts';
import { buildSnapshot } from './snapshot-builder.ts';
import { createTransitionLog } from './transition-log.ts';
import { watchForWake } from './wake-watch.ts';

export interface AgentDeps {
  version: string;
  /** Only this user's; made if it is not there. */
  stateDir: string;
  managedConfig: ManagedConfigSource;
  session: Session;
  preferences: Preferences;
  /** @returns the engine to ask, now. */
  createEngine: (surroundings: EngineSurroundings) => () => Engine;
  /** Connects to the gateway's control socket. */
  connectGateway: () => Promise<Duplex>;
  /** The server of the managed configuration or of the user's own; null where neither names one. */
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
  /** What bears on enforcement beside the filter. @param isListed does the organization's policy list this host? */
  inspectMachine: (engine: EngineState, isListed: (host: string) => boolean) => Promise<MachineFacts>;
  /** For a report. */
  environment: () => Environment;
  /** The end of this agent's own log, oldest line first; empty where it is not in a file. */
  readLog: () => Promise<string[]>;
  /** Of a demo. */
  tour?: Tour | undefined;
  /** How this process reaches the network is not as its environment says. */
  networkProblem?: Problem | null;
  log: Logger;
}

/** Denials come in bursts, and nobody reads faster than this. */
const DENIALS_ANNOUNCED_EVERY_MS = 500;

/** Builds the parts, and keeps them informed of each other: the composition root. */
export function createAgent(deps: AgentDeps): Agent {
  const { managedConfig, session, preferences, clock, random, randomBytes, platform, version, log } = deps;
  const reportId = readableId(randomBytes(6));
  const policyFolder = join(deps.stateDir, 'policy');
  const store = createPolicyStore(policyFolder, log);
  const firstUseKeys = createFirstUseKeys(join(policyFolder, 'first-use-keys.json'), deps.fetch, clock);
  const transitions = createTransitionLog(join(deps.stateDir, 'transitions.json'), clock, log);
  const denials = createDenialHistory(clock);
  const link = createGatewayLink({ connect: deps.connectGateway, clock, random, log });
  const engine = deps.createEngine({
    gatewayListeners: () => {
      const listeners = statusOf(link.state())?.listeners;
      return listeners === undefined ? null : { dns: listeners.dns.engine, proxy: listeners.proxy };
    },
    attachment: () => statusOf(link.state())?.attachment,
  });
  const programmer = createProgrammer({ link, clock, random, readShort, log });
  const prober = createProber({ engine, link, clock, randomBytes, log });
  const policySync = createPolicySync({
    ...{ store, verify: verifyOffThread, clock, random, log },
    seed: () => randomBytes(4).readUInt32LE(),
    refreshMinutes: () => refreshMinutesOf(managedConfig.current()),
    awaitsDecision: () => awaitsDecision(desk.state()),
  });
  const desk = createRequestDesk({
    ...{ clock, random, log },
    file: requestsFile(join(deps.stateDir, 'requests.json'), log),
    randomId: () => randomBytes(8).toString('hex'),
  });
  const machine = watchMachine(
    () => deps.inspectMachine(engine().description, (host) => isListed(policySync.state().held?.rules ?? null, host)),
    clock,
    log,
  );
  const reporter = createReporter({
    ...{ link, clock, log },
    level: () => reportingLevelOf(managedConfig.current()),
    unsigned: () => ({
      system: deps.environment().system,
      agentVersion: version,
      caveats: caveatsIn(announcements.snapshot()),
    }),
    file: reportingFile(join(deps.stateDir, 'last-report.json'), log),
  });
  const announcements = createAnnouncements(tellParts, () => buildSnapshot(state()));

  const denialListeners = new Set<(denial: Denial) => void>();
  const parts = new AsyncDisposableStack();
  let disagreement: number | null = null;
  let sessionBefore: SessionState | null = null;
  let deniedAttempt: number | null = null;
  let wasSyncing = false;
  let cancelDenials: (() => void) | null = null;
  let engineBefore = engine();
  let boundTo: string | null = null;
  /** While the gateway does not answer, a proof is asked for with the key that it had. */
  let lastKey: string | null = null;

  function state(): AgentState {
    const now = { wall: clock.wall(), monotonic: clock.monotonic() };
    const managed = managedConfig.current();
    const linkState = link.state();
    disagreement = disagreesSince(disagreement, managed, statusOf(linkState), now.monotonic);
    return {
      ...{
        version,
        reportId,
        platform,
        managed,
        now,
        tour: deps.tour ?? null,
        networkProblem: deps.networkProblem ?? null,
      },
      hub: deps.hub(),
      session: session.state(),
      sessionHealth: session.health(),
      policy: policySync.state(),
      requests: desk.state(),
      link: linkState,
      disagreesSince: disagreement,
      programmer: programmer.state(),
      prober: prober.state(),
      engine: engine().description,
      machine: machine.facts(),
      reporting: reporter.state(),
      denials: { today: denials.today(), version: denials.version() },
      preferences: preferences.view(managed),
    };
  }

  /** What follows from a change: whose policy is synced, and then what should be in force. */
  function tellParts(): void {
    const managed = managedConfig.current();
    const hub = deps.hub();
    policySync.setTarget(
      syncTarget({
        ...{ managed, hub, firstUseKeys, clock },
        session: session.state(),
        accessToken: (refused) => session.accessToken(refused),
        idToken: (maxAgeMs) => session.idToken(maxAgeMs),
        fetch: deps.fetch,
        jkt: gatewayKey,
      }),
    );
    desk.setTarget(requestsTarget({ hub, session, fetch: deps.fetch, clock }));
    const isReported = reportingLevelOf(managed) !== 'off';
    reporter.setTarget(
      isReported ? reportTarget({ hub, session, policy: policySync.state, fetch: deps.fetch, clock }) : null,
    );
    const keys = keysAreFirstUse(managed) ? firstUseKeys.known(hub ?? '') : null;
    programmer.want(reconcile(state(), { files: store, firstUseKeys: keys }));
  }

  function sessionChanged(): void {
    const before = sessionBefore;
    sessionBefore = session.state();
    const consequence = policyAfterSession(before, sessionBefore);
    if (consequence === 'forget') {
      policySync.forget();
      desk.forget();
      reporter.forget();
    }
    // A sync that has succeeded since needs no other.
    if (consequence === 'sync' && policySync.state().failures > 0) void policySync.syncNow();
    announcements.changed();
  }

  function syncChanged(): void {
    const { lastAttempt, running, problem } = policySync.state().sync;
    const hasAnswered = wasSyncing && !running && (problem === null || policySync.state().rejection !== null);
    wasSyncing = running;
    // A new target is told to it first.
    if (hasAnswered) {
      queueMicrotask(() => {
        if (isWorthAsking(state())) desk.look();
        reporter.report();
      });
    }
    if (isMembershipDenied(policySync.state()) && lastAttempt !== deniedAttempt) {
      deniedAttempt = lastAttempt;
      void session.reconsider();
    }
    bindProof();
    announcements.changed();
  }

  /** The thumbprint by which this machine's gateway is known. */
  function gatewayKey(): string | null {
    const status = statusOf(link.state());
    if (status !== null) lastKey = status.identity?.jkt ?? null;
    return lastKey;
  }

  /** A proof that was fetched before the gateway answered names no teams. Once for each key: an older hub never binds one. */
  function bindProof(): void {
    const key = gatewayKey();
    const { membership, sync } = policySync.state();
    if (key === null || key === boundTo || membership === null || sync.running) return;
    boundTo = key;
    if (membership.cnf?.jkt !== key) void policySync.syncNow();
  }

  function denied(denial: Denial): void {
    if (!denials.add(denial)) return;
    for (const listener of denialListeners) listener(denial);
    cancelDenials ??= clock.after(DENIALS_ANNOUNCED_EVERY_MS, () => {
      cancelDenials = null;
      announcements.changed();
    });
  }

  function managedConfigChanged(): void {
    void session.reconsider();
    preferences.apply(managedConfig.current());
    announcements.changed();
  }

  function gatewayChanged(): void {
    const now = engine();
    if (now !== engineBefore) {
      log.info({ engine: now.description }, 'another engine is asked from now on');
      machine.lookAgain();
    }
    engineBefore = now;
    bindProof();
    announcements.changed();
  }

  function lookAgain(): void {
    log.info('the machine woke, its clock was set, or the network changed');
    void session.reconsider();
    if (policySync.state().org !== null) void policySync.syncNow();
    void prober.run();
    machine.lookAgain();
  }

  function snapshot(): ReturnType<Agent['snapshot']> {
    return { ...announcements.snapshot(), at: clock.wall() };
  }

  return {
    snapshot,
    onSnapshot: announcements.onSnapshot,
    onDenial: (listener) => subscribe(denialListeners, listener),
    onRequestNews: desk.onNews,
    handlers: createIpcHandlers({
      ...{
        state,
        snapshot,
        session,
        policySync,
        link,
        programmer,
        prober,
        denials,
        transitions,
        preferences,
        clock,
        desk,
        reporter,
      },
      catchUp: announcements.catchUp,
      ...{ openInBrowser: deps.openInBrowser, environment: deps.environment, readLog: deps.readLog },
      stateDir: deps.stateDir,
    }),
    lookAgain,
    async start() {
      await makePrivateFolder(deps.stateDir);
      await makePrivateFolder(policyFolder);
      await transitions.load();
      // Released in the opposite order: whoever listens stops before what it listens to.
      parts.defer(() => transitions.flush());
      parts.defer(() => desk.stop());
      parts.defer(() => reporter.stop());
      parts.defer(() => policySync.stop());
      for (const part of [link, programmer, prober, machine]) parts.defer(() => part.stop());
      parts.defer(() => cancelDenials?.());
      for (const stopListening of [
        announcements.onSnapshot(({ state }) => transitions.note(state)),
        managedConfig.onChange(managedConfigChanged),
        session.onChange(sessionChanged),
        preferences.onChange(announcements.changed),
        machine.onChange(announcements.changed),
        policySync.onChange(syncChanged),
        desk.onChange(announcements.changed),
        reporter.onChange(announcements.changed),
        link.onChange(gatewayChanged),
        link.onDenial(denied),
        programmer.onChange(announcements.changed),
        prober.onChange(announcements.changed),
        watchForWake(clock, lookAgain, announcements.changed),
        watchNetwork(clock, deps.networkInterfaces, lookAgain),
      ]) {
        parts.defer(stopListening);
      }
      parts.defer(() => announcements.stop());
      announcements.start();
      preferences.apply(managedConfig.current());
      log.info({ reportId }, 'agent started');
      link.start();
      machine.lookAgain();
      sessionChanged();
    },
    stop: () => parts.disposeAsync(),
  };
}
