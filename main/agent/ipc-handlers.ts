import { join } from 'node:path';
import { circumstancesOf } from '../../shared/messages/describe-explanation.ts';
import { wordsFor } from '../../shared/messages/words.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../shared/problems/problem.ts';
import type { GatewayStatus } from '../../shared/schemas/control-schema.ts';
import type { IpcHandlers } from '../../shared/schemas/ipc.ts';
import type { CallResult } from '../../shared/schemas/ipc-schema.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import type { FilterState } from '../../shared/state/inputs.ts';
import type { Clock } from '../platform/time/clock.ts';
import { type AgentState, effectiveNow, filterInputsOf } from './agent-state.ts';
import type { Environment } from './diagnostics/environment.ts';
import { reportName, reportText } from './diagnostics/report.ts';
import { saveReport } from './diagnostics/report-folder.ts';
import type { DenialHistory } from './enforcement/denial-history.ts';
import { filterState } from './enforcement/filter-state.ts';
import { type GatewayLink, type LinkState, statusOf } from './enforcement/gateway-link.ts';
import type { Prober } from './enforcement/prober.ts';
import type { Programmer } from './enforcement/programmer.ts';
import { bypassOf, inconclusiveOf, isProven, type Proof } from './enforcement/proof.ts';
import { type Decider, explain, ownDecider, readSubject } from './explain.ts';
import { pageOf } from './page.ts';
import { grantRows } from './policy/grant-rows.ts';
import type { PolicySync } from './policy/policy-sync.ts';
import { hasLineFor, registryPage } from './policy/registry-pages.ts';
import { type Preferences, refuseLocked } from './preferences.ts';
import { expectedRules } from './reconcile.ts';
import type { Reporter } from './reporting/reporter.ts';
import type { RequestDesk } from './requests/request-desk.ts';
import { requestHandlers } from './requests/request-handlers.ts';
import type { Session } from './session/session.ts';
import type { TransitionLog } from './transition-log.ts';

export interface IpcHandlerDeps {
  state: () => AgentState;
  snapshot: () => Snapshot;
  /** Tells the gateway what is due. */
  catchUp: () => void;
  session: Pick<Session, 'signIn' | 'signInByDevice' | 'continueSignIn' | 'cancelSignIn' | 'signOut'>;
  policySync: Pick<PolicySync, 'syncNow'>;
  link: Pick<GatewayLink, 'call' | 'state'>;
  programmer: Pick<Programmer, 'state' | 'onChange'>;
  prober: Pick<Prober, 'check'>;
  denials: DenialHistory;
  transitions: TransitionLog;
  preferences: Preferences;
  desk: RequestDesk;
  reporter: Pick<Reporter, 'lastSent'>;
  openInBrowser: (address: string) => Promise<boolean>;
  environment: () => Environment;
  readLog: () => Promise<string[]>;
  /** The agent's own. */
  stateDir: string;
  clock: Clock;
}

/** How long a sign-out waits for the gateway to be locked. */
const LOCK_PATIENCE_MS = 5_000;

/** One handler for each call of the IPC table. */
export function createIpcHandlers(deps: IpcHandlerDeps): Omit<IpcHandlers, 'panel.open'> {
  const { state, snapshot, session, policySync, link, programmer, prober, denials, transitions, clock } = deps;
  const decideBy = gatewayDecider(link, state);
  const letOthersRun = (): Promise<void> => new Promise((resolve) => clock.after(0, resolve));
  return {
    'snapshot.get': async () => snapshot(),
    'session.signIn': async ({ opener }) => {
      const { authorizationUrl } = await session.signIn();
      return { authorizationUrl, opened: opener === 'agent' && (await deps.openInBrowser(authorizationUrl)) };
    },
    'session.signInByDevice': async () => session.signInByDevice(),
    'session.continueSignIn': async ({ opener }) => {
      const { address, userCode } = await session.continueSignIn();
      return { address, userCode, opened: opener === 'agent' && (await deps.openInBrowser(address)) };
    },
    'session.cancelSignIn': async () => {
      session.cancelSignIn();
      return {};
    },
    'session.signOut': async () => {
      await session.signOut();
      deps.catchUp();
      await programmingSettled(programmer, link, clock);
      return {};
    },
    'sync.now': async () => policySync.syncNow(),
    'enforcement.check': async () => {
      const proof = await prober.check();
      return checkResult(proof, filterState(filterInputsOf(state())));
    },
    'registries.list': async (args) => {
      const { held } = state().policy;
      if (held === null) return { items: [], total: 0, next: null, stale: args.cursor !== null, version: '' };
      return registryPage(held.rules.lines, held.summary.digest, args, letOthersRun);
    },
    'grants.list': async (args) => {
      const current = state();
      const { held } = current.policy;
      const status = statusOf(current.link);
      const teams = status?.membership?.teams ?? [];
      const rows = grantRows(held?.grants ?? [], teams, effectiveNow(current));
      const version = [held?.summary.digest.slice(0, 16) ?? '', status?.generation ?? '', rows.length].join('-');
      return pageOf(rows, version, args, ({ address, nickname, known, teams: of }) =>
        [address, nickname, known, ...(of ?? [])].join(' '),
      );
    },
    'decide.explain': async ({ subject }) => {
      const read = readSubject(subject);
      if (!read.ok) throw new ProblemError(read.problem);
      const isListed = async (host: string): Promise<boolean> => {
        const { held } = state().policy;
        return held !== null && hasLineFor(held.rules.lines, host, letOthersRun);
      };
      return explain(subject, read.value, circumstancesOf(snapshot(), wordsFor('en', 'en')), decideBy, isListed);
    },
    'denials.list': async (args) => pageOf(denials.entries(), denials.version(), args, ({ host }) => host),
    'transitions.list': async (args) =>
      pageOf(transitions.entries(), transitions.version(), args, ({ from, to, code }) => `${from} ${to} ${code}`),
    ...requestHandlers(deps.desk, state),
    'reports.last': async () => ({ sent: deps.reporter.lastSent() }),
    'preferences.set': async (change) => {
      refuseLocked(change, state().managed);
      await deps.preferences.set(change);
      return {};
    },
    'report.save': async () => {
      const at = clock.wall();
      const current = state();
      const text = reportText({
        at,
        environment: deps.environment(),
        agent: {
          snapshot: snapshot(),
          transitions: transitions.entries(),
          denials: denials.entries(),
          machine: current.machine,
        },
        agentProblem: null,
        gateway: statusOrProblem(current.link),
        managedConfig: null,
        log: await deps.readLog(),
      });
      return { file: await saveReport(join(deps.stateDir, 'reports'), reportName(current.reportId, at), text) };
    },
  };
}

/** Only what this check has proven counts: not what an earlier one did. */
export function checkResult(proof: Proof | null, filter: FilterState | null): CallResult<'enforcement.check'> {
  const shown = filter !== null && 'problem' in filter ? filter.problem : null;
  if (proof === null) return { verified: false, problem: shown ?? problem('gateway-away') };
  if (isProven(proof)) return { verified: filter?.kind === 'verified', problem: shown };
  const stopped = proof.engine.kind === 'stopped' ? problem('engine-not-running') : null;
  return { verified: false, problem: shown ?? bypassOf(proof) ?? inconclusiveOf(proof) ?? stopped };
}

/** Asks the gateway, whose rules are the ones in force; only while it is away, what they should be is asked instead. */
function gatewayDecider(link: Pick<GatewayLink, 'call' | 'state'>, state: () => AgentState): Decider {
  return async (host, view, port) => {
    try {
      return await link.call('explain', { host, view, grants: true, ...(port === null ? {} : { port }) });
    } catch (error) {
      if (statusOf(link.state()) !== null) throw error;
      const current = state();
      return ownDecider(expectedRules(current), effectiveNow(current))(host, view, port);
    }
  };
}

/** Resolves when what is wanted is in force, or the gateway cannot be told now. */
function programmingSettled(
  programmer: Pick<Programmer, 'state' | 'onChange'>,
  link: Pick<GatewayLink, 'state'>,
  clock: Clock,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      stopListening();
      resolve();
    };
    const check = (): void => {
      if (programmer.state().pending === null || link.state().kind !== 'up') finish();
    };
    const cancel = clock.after(LOCK_PATIENCE_MS, finish);
    const stopListening = programmer.onChange(check);
    check();
  });
}

function statusOrProblem(link: LinkState): GatewayStatus | Problem | null {
  return link.kind === 'down' ? link.problem : statusOf(link);
}
