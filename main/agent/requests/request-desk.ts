import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, ProblemError } from '../../../shared/problems/problem.ts';
import type { AccessRequest } from '../../../shared/schemas/hub/requests.ts';
import type { OwnRequest } from '../../../shared/schemas/own-request.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { createSerialQueue } from '../../platform/process/serial-queue.ts';
import { createSingleFlight } from '../../platform/process/single-flight.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { backOff } from '../back-off.ts';
import { RequestRefused, type RequestsClient } from './requests-client.ts';
import type { RequestsFile } from './requests-file.ts';
import {
  answered,
  attemptFailed,
  isFull,
  isLookDue,
  type KeptRequest,
  MAX_KEPT,
  mineArrived,
  noRequests,
  ofHub,
  ofKept,
  type RequestsState,
  requestDropped,
  requestKept,
  requestRefused,
  requestSent,
  requestWithdrawn,
  unsent,
} from './requests-state.ts';

/** Whose requests they are. */
export interface RequestsTarget {
  /** Server, organization and user. */
  id: string;
  org: string;
  sub: string;
  client: RequestsClient;
}

export interface RequestDesk {
  state(): RequestsState;
  onChange(listener: () => void): () => void;
  /** What the user waits to hear: a request was decided, or the hub did not take one that was kept. */
  onNews(listener: (request: OwnRequest) => void): () => void;
  /** null: nobody belongs to an organization, as far as is known. Nothing is sent; what is on disk stays. */
  setTarget(target: RequestsTarget | null): void;
  /** The user has signed out: nothing of theirs stays. */
  forget(): void;
  /** The server can be reached: sends what is kept, and asks what was decided. */
  look(): void;
  /**
   * Kept on disk first, then sent. The answer says whether it is at the hub: `open`, or `kept`, and will be sent.
   *
   * @throws ProblemError the hub does not take it, or it cannot be kept.
   */
  create(wanted: Pick<KeptRequest, 'host' | 'subject' | 'reason'>): Promise<OwnRequest>;
  /** @throws ProblemError */
  withdraw(id: string): Promise<void>;
  stop(): Promise<void>;
}

/** How long somebody who asks waits for the hub; sending goes on. */
const PATIENCE_MS = 12_000;
const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 15 * 60_000;

export interface RequestDeskOptions {
  file: RequestsFile;
  clock: Clock;
  random: () => number;
  /** Hex digits. */
  randomId: () => string;
  log: Logger;
}

/** Sends requests for access and follows them, as the person who made them and as nobody else. */
export function createRequestDesk(options: RequestDeskOptions): RequestDesk {
  const { file, clock } = options;
  const log = options.log.child({ part: 'requests' });
  const listeners = new Set<() => void>();
  const newsListeners = new Set<(request: OwnRequest) => void>();
  const onDisk = createSerialQueue();
  const flight = createSingleFlight(exchange);
  let target: RequestsTarget | null = null;
  /** Aborted when it is another person's turn. */
  let scope = new AbortController();
  let state = noRequests();
  let loaded: Promise<void> = Promise.resolve();
  let cancelRetry = (): void => {};
  /** What somebody waits for now: they are told themselves. */
  const attended = new Map<string, (outcome: AccessRequest | ProblemError) => void>();
  /** What a kept one became, for a withdrawal that comes meanwhile. */
  const sentAs = new Map<string, string>();

  function update(next: RequestsState): void {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  }

  function tell(request: OwnRequest): void {
    for (const listener of newsListeners) listener(request);
  }

  /** @throws ProblemError `cannot-write` */
  function save(of: RequestsTarget): Promise<void> {
    return onDisk(async () => {
      // Somebody may have signed out meanwhile: nothing of theirs is written any more.
      if (target === of) await file.save({ target: of.id, sub: of.sub, kept: [...state.kept], mine: [...state.mine] });
    });
  }

  function saveLater(of: RequestsTarget): void {
    save(of).catch((error: unknown) => log.warn({ err: error }, 'requests not saved'));
  }

  function setTarget(next: RequestsTarget | null): void {
    if (next?.id === target?.id) return;
    scope.abort();
    scope = new AbortController();
    cancelRetry();
    attended.clear();
    sentAs.clear();
    target = next;
    update(noRequests(state.version + 1));
    if (next === null) return;
    const { signal } = scope;
    loaded = onDisk(async () => {
      const stored = await file.load();
      if (signal.aborted || stored === null) return;
      if (stored.target === next.id)
        update({ ...state, kept: stored.kept, mine: stored.mine, version: state.version + 1 });
      // Another person's: nobody sends or reads it any more. That of another organization or server is only not used.
      else if (stored.sub !== next.sub) await file.clear();
    }).catch((error: unknown) => log.warn({ err: error }, 'kept requests not loaded'));
  }

  async function exchange(): Promise<void> {
    const of = target;
    const { signal } = scope;
    cancelRetry();
    await loaded;
    if (of === null || signal.aborted) return;
    const before = state;
    try {
      for (const request of unsent(state)) await send(request, of, signal);
      if (isLookDue(state, clock.wall())) await lookAt(of, signal);
    } catch (error) {
      if (signal.aborted) return;
      const seen = asProblem(error, problem('request-failed'));
      const lacks = seen.code === 'server-not-found';
      const earlier = { organization: of.org, contact: '' };
      const reason = lacks ? problem('requests-unknown-to-server', earlier, { cause: seen.cause }) : seen;
      update(attemptFailed(state, reason, lacks));
      log.info({ problem: reason, kept: state.kept.length }, 'requests not exchanged');
      if (unsent(state).length > 0) {
        const delay = backOff(state.failures, FIRST_RETRY_MS, LAST_RETRY_MS, options.random());
        cancelRetry = clock.after(delay, look);
      }
    }
    if (before.kept !== state.kept || before.mine !== state.mine) saveLater(of);
  }

  /** @throws ProblemError whatever may be otherwise later. */
  async function send(request: KeptRequest, { client }: RequestsTarget, signal: AbortSignal): Promise<void> {
    const { id } = request;
    // It may have been withdrawn while another was sent.
    if (!state.kept.includes(request)) return;
    try {
      const sent = await client.create(request, signal);
      if (signal.aborted) return;
      sentAs.set(id, sent.id);
      update(requestSent(state, id, sent));
      settle(id, sent);
    } catch (error) {
      if (signal.aborted || !(error instanceof RequestRefused)) throw error;
      if (attended.has(id)) {
        update(requestDropped(answered(state), id));
        settle(id, error);
        return;
      }
      if (error.passing) throw error;
      update(requestRefused(state, id, error.problem));
      tell(ofKept({ ...request, refused: error.problem }, null));
    }
  }

  function settle(id: string, outcome: AccessRequest | ProblemError): void {
    attended.get(id)?.(outcome);
    attended.delete(id);
  }

  async function lookAt({ client }: RequestsTarget, signal: AbortSignal): Promise<void> {
    const mine = await client.mine(signal);
    if (signal.aborted) return;
    const arrived = mineArrived(state, mine, clock.wall());
    update(arrived.state);
    for (const request of arrived.decided) tell(ofHub(request));
  }

  function look(): void {
    if (target !== null) void flight.again();
  }

  async function create(wanted: Pick<KeptRequest, 'host' | 'subject' | 'reason'>): Promise<OwnRequest> {
    const of = target;
    if (of === null) throw new ProblemError(problem('request-needs-sign-in'));
    await loaded;
    if (target !== of) throw new ProblemError(problem('request-needs-sign-in'));
    if (isFull(state, wanted.host)) throw new ProblemError(problem('requests-kept-full', { most: MAX_KEPT }));
    const request: KeptRequest = { ...wanted, id: `kept-${options.randomId()}`, at: clock.wall() };
    const before = state;
    const { promise: outcome, resolve } = Promise.withResolvers<AccessRequest | ProblemError>();
    const giveUp = (): void => resolve(NOT_SENT);
    attended.set(request.id, resolve);
    scope.signal.addEventListener('abort', giveUp, { once: true });
    update(requestKept(state, request));
    try {
      await save(of);
    } catch (error) {
      attended.delete(request.id);
      if (target === of) update({ ...state, kept: before.kept, version: state.version + 1 });
      throw error;
    }
    const cancelTimer = clock.after(PATIENCE_MS, giveUp);
    // What it fails with is in the state, and it is tried again.
    void flight.again().then(() => settle(request.id, NOT_SENT));
    const answer = await outcome;
    cancelTimer();
    attended.delete(request.id);
    if (target !== of) throw new ProblemError(problem('request-needs-sign-in'));
    if (answer === NOT_SENT) return notSent(request, of);
    if (answer instanceof ProblemError) throw answer;
    return ofHub(answer);
  }

  /** It stays kept, unless this hub could not take it at any time. */
  async function notSent(request: KeptRequest, of: RequestsTarget): Promise<OwnRequest> {
    if (state.problem?.code === 'requests-unknown-to-server' && state.kept.includes(request)) {
      update(requestDropped(state, request.id));
      saveLater(of);
      throw new ProblemError(state.problem);
    }
    return ofKept(request, state.problem);
  }

  async function withdraw(id: string): Promise<void> {
    const of = target;
    if (of === null) throw new ProblemError(problem('request-needs-sign-in'));
    const { signal } = scope;
    await loaded;
    if (flight.isRunning() && state.kept.some((one) => one.id === id)) await flight.join();
    if (signal.aborted) throw new ProblemError(problem('request-needs-sign-in'));
    if (state.kept.some((one) => one.id === id)) {
      update(requestDropped(state, id));
      return save(of);
    }
    const atHub = sentAs.get(id) ?? id;
    const open = state.mine.find((one) => one.id === atHub && one.state === 'open');
    if (open === undefined) throw new ProblemError(problem('request-not-open', { host: hostOf(id) }));
    try {
      await of.client.withdraw(atHub, signal);
    } catch (error) {
      // It may have been decided meanwhile.
      if (error instanceof RequestRefused) look();
      throw error;
    }
    if (signal.aborted) return;
    update(requestWithdrawn(state, atHub));
    saveLater(of);
  }

  function hostOf(id: string): string {
    return state.mine.find((one) => one.id === id)?.host ?? id.slice(0, 64);
  }

  return {
    state: () => state,
    onChange: (listener) => subscribe(listeners, listener),
    onNews: (listener) => subscribe(newsListeners, listener),
    setTarget,
    forget() {
      setTarget(null);
      void onDisk(() => file.clear()).catch((error: unknown) => log.warn({ err: error }, 'kept requests not deleted'));
    },
    look,
    create,
    withdraw,
    async stop() {
      scope.abort();
      cancelRetry();
      target = null;
      attended.clear();
      if (flight.isRunning()) await flight.join().catch(() => undefined);
      await onDisk(() => undefined);
    },
  };
}

/** The attempt is over, and it is still here. */
const NOT_SENT = new ProblemError(problem('request-failed'));
