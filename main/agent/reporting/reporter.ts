import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { MachineReport, UnsignedReport } from '../../../shared/schemas/hub/machines.ts';
import type { ReportingLevel, ReportingView, SentReport } from '../../../shared/schemas/reporting.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { createSerialQueue } from '../../platform/process/serial-queue.ts';
import { createSingleFlight } from '../../platform/process/single-flight.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { GatewayLink } from '../enforcement/gateway-link.ts';
import { FOLLOW_UP_MS, type ReportTimes, waitFor, worthReporting } from './report-due.ts';
import { hostsToReport, type ReportedHosts } from './report-hosts.ts';
import type { ReportingFile } from './reporting-file.ts';
import type { ReportsClient } from './reports-client.ts';

/** For whom the machine is reported. */
export interface ReportTarget {
  /** Server, organization and user. */
  id: string;
  org: string;
  /** The hub's issuer, as far as is known. */
  aud: () => string;
  /** Where reports go: shown beside their bytes. */
  url: string;
  client: ReportsClient;
}

export interface Reporter {
  state(): Pick<ReportingView, 'last' | 'problem'>;
  /** The bytes of the last report that the hub took. */
  lastSent(): SentReport | null;
  onChange(listener: () => void): () => void;
  /** null: nobody is signed in, or nothing is to be reported. */
  setTarget(target: ReportTarget | null): void;
  /** The hub can be reached: a sync has just succeeded. */
  report(): void;
  /** The user has signed out: nothing of theirs stays. */
  forget(): void;
  stop(): Promise<void>;
}

export interface ReporterOptions {
  link: Pick<GatewayLink, 'state' | 'onChange' | 'call'>;
  level: () => ReportingLevel;
  /** What the agent adds, but for hosts. */
  unsigned: () => Omit<UnsignedReport, 'hosts'>;
  file: ReportingFile;
  clock: Clock;
  log: Logger;
}

/**
 * Carries receipts from the gateway to the hub. One is asked for when it is sent, and what cannot be sent is dropped: the next sync brings
 * another.
 */
export function createReporter({ link, level, unsigned, file, clock, ...options }: ReporterOptions): Reporter {
  const log = options.log.child({ part: 'reporting' });
  const listeners = new Set<() => void>();
  const onDisk = createSerialQueue();
  const flight = createSingleFlight(attempt);
  let target: ReportTarget | null = null;
  let scope = new AbortController();
  let loaded: Promise<void> = Promise.resolve();
  let times: ReportTimes = { attemptedAt: null, unknownAt: null };
  let sent: SentReport | null = null;
  let last: ReportingView['last'] = null;
  let failure: Problem | null = null;
  let reported: ReportedHosts | null = null;
  let told = '';
  /** A sync was over before the gateway answered: its report is still to come. */
  let owed = false;
  let cancelTimer = (): void => {};

  function announce(): void {
    for (const listener of listeners) listener();
  }

  function reset(): void {
    scope.abort();
    scope = new AbortController();
    cancelTimer();
    times = { attemptedAt: null, unknownAt: null };
    [sent, last, failure, reported, told, owed] = [null, null, null, null, '', false];
  }

  function setTarget(next: ReportTarget | null): void {
    if (next?.id === target?.id) return;
    reset();
    target = next;
    if (next !== null) {
      const { signal } = scope;
      loaded = onDisk(async () => {
        const stored = await file.load();
        if (signal.aborted || stored === null) return;
        // Another person's: nobody sees it any more.
        if (stored.target !== next.id) return file.clear();
        [sent, last, reported] = [stored.sent, stored.answer, stored.hosts];
        announce();
      }).catch((error: unknown) => log.warn({ err: error }, 'last report not loaded'));
    }
    announce();
  }

  /** At once, or as soon as it is not too often. */
  function report(): void {
    cancelTimer();
    if (target === null || level() === 'off') return;
    owed = true;
    const wait = waitFor(times, clock.monotonic());
    if (wait === 0) void flight.again();
    else if (wait !== null) cancelTimer = clock.after(wait, report);
  }

  async function attempt(): Promise<void> {
    const of = target;
    const { signal } = scope;
    await loaded;
    const state = link.state();
    if (of === null || signal.aborted || state.kind !== 'up' || level() === 'off') return;
    if (waitFor(times, clock.monotonic()) !== 0) return report();
    owed = false;
    times = { ...times, attemptedAt: clock.monotonic() };
    told = worthReporting(state.status);
    try {
      if (state.status.identity === null) throw new ProblemError(problem('receipt-no-identity'));
      await send(of, signal);
      failure = null;
    } catch (error) {
      if (signal.aborted) return;
      const seen = asProblem(error, problem('report-failed'));
      // A hub of an earlier version is none that fails.
      const isUnknown = seen.code === 'server-not-found';
      if (isUnknown) times = { ...times, unknownAt: clock.monotonic() };
      failure = isUnknown ? problem('reports-unknown-to-server', {}, { cause: seen.cause }) : seen;
      log.info({ problem: failure }, 'not reported');
    }
    announce();
  }

  async function send({ id, org, aud, url, client }: ReportTarget, signal: AbortSignal): Promise<void> {
    const nonce = await client.nonce(signal);
    const { receipt } = await link.call('receipt', { aud: aud(), org, nonce });
    const hosts = level() === 'hosts' ? await newHosts() : null;
    signal.throwIfAborted();
    const body: MachineReport = {
      receipt,
      unsigned: { ...unsigned(), ...(hosts === null ? {} : { hosts: hosts.hosts }) },
    };
    const answer = await client.report(body, signal);
    signal.throwIfAborted();
    const at = clock.wall();
    [sent, last] = [
      { at, url, body: JSON.stringify(body) },
      { at, ...answer },
    ];
    reported = hosts?.reported ?? null;
    log.info({ state: answer.state, org }, 'reported');
    cancelTimer();
    if (answer.state === 'not-enforcing') cancelTimer = clock.after(FOLLOW_UP_MS, report);
    const stored = { target: id, sent, answer: last, hosts: reported };
    onDisk(async () => {
      // Somebody may have signed out meanwhile.
      if (target?.id === id) await file.save(stored);
    }).catch((error: unknown) => log.warn({ err: error }, 'last report not saved'));
  }

  async function newHosts(): Promise<ReturnType<typeof hostsToReport> | null> {
    try {
      return hostsToReport(await link.call('hosts', {}), reported);
    } catch (error) {
      // A gateway of an earlier version counts none.
      log.info({ err: error }, 'no hosts to report');
      return null;
    }
  }

  const stopListening = link.onChange(() => {
    const state = link.state();
    if (state.kind !== 'up') return;
    // Before the first report, the sync brings it.
    const hasChanged = told !== '' && worthReporting(state.status) !== told;
    if (owed || hasChanged) report();
  });

  return {
    state: () => ({ last, problem: failure }),
    lastSent: () => sent,
    onChange: (listener) => subscribe(listeners, listener),
    setTarget,
    report,
    forget() {
      setTarget(null);
      void onDisk(() => file.clear()).catch((error: unknown) => log.warn({ err: error }, 'last report not deleted'));
    },
    async stop() {
      stopListening();
      scope.abort();
      cancelTimer();
      target = null;
      if (flight.isRunning()) await flight.join().catch(() => undefined);
      await onDisk(() => undefined);
    },
  };
}
