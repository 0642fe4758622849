import { type Held, isLocked } from './lock.ts';
import type { Rules } from './rules.ts';
import { MEMBERSHIP_SECONDS, POLICY_SECONDS, type Servers, type SignedPolicy } from './servers.ts';
import { TICK_MS, TICKS_PER_SECOND, type Timeline } from './timeline.ts';

/** What each machine has a timer for. A stream that is open has one for its end: the server ends it with its token. */
export const SYNC = 0;
const CHECK = 1;
const STREAM = 2;
const NEWS = 3;
const REPORT = 4;
export const POWER = 5;
export const TIMERS = 6;

const REFRESH_MINUTES = 15;
const TOKEN_MS = 3_600_000;
const NONE = -1;
/** `now` of the shared rules must be a time since 1970. */
const EPOCH = 1_790_000_000;

export interface FleetOptions {
  machines: number;
  servers: Servers;
  rules: Rules;
  timeline: Timeline;
  random: () => number;
  /**
   * `hub`: policy, membership, receipts and event stream of one server. `files`: the policy from a web server, and the ID token of an identity
   * provider as the proof of membership.
   */
  kind: 'hub' | 'files';
  /** Seconds within which a process of the hub tells all its streams of a revision, and within which it takes all of them back. */
  toldWithin: number;
  backWithin: number;
  /** How often each machine is looked at, at most: is it blocked? After something happened to it. */
  lookEverySeconds: number;
}

export interface Fleet {
  fire(machine: number, kind: number, tick: number): void;
  /** As if it had run for long. */
  settle(machine: number): void;
  start(machine: number, tick: number): void;
  stop(machine: number): void;
  loseStreams(tick: number): void;
  announce(tick: number): void;
  /** From now on it counts who is synced, and whose stream is open again. */
  mark(tick: number): void;
  /** What one machine did since then does not count. */
  unmark(machine: number): void;
  /** Seconds from `mark` until the last machine that ran then was synced; null where one has not been. */
  syncedAfter(): number | null;
  /** The same of streams. */
  openAfter(): number | null;
  readonly locks: Locks;
}

/** Machines that were seen blocked. */
export interface Locks {
  /** Although policy and membership were valid: never. */
  wrong: number;
  /** Because one of them had expired. */
  expired: number;
}

/** A million agents as numbers in arrays, whose every decision of when is one of the agent's own functions. */
export function createFleet(options: FleetOptions): Fleet {
  const { machines, servers, rules, timeline, random, kind, toldWithin, backWithin } = options;
  const lookEvery = options.lookEverySeconds * TICKS_PER_SECOND;
  const isHub = kind === 'hub';
  const ints = (value: number): Int32Array => new Int32Array(machines).fill(value);
  const bytes = (): Uint8Array => new Uint8Array(machines);
  const isOn = bytes();
  const isOffline = bytes();
  const syncFailures = bytes();
  const checkFailures = bytes();
  const streamFailures = bytes();
  const isOpen = bytes();
  const waitsForSync = bytes();
  const planned = ints(NONE);
  const streamTriedAt = ints(0);
  const tokenDue = ints(0);
  const tokenEnd = ints(0);
  const held = ints(0);
  const memberSince = ints(0);
  const lastContact = ints(NONE);
  const lastReport = ints(NONE);
  /** The first sync, and the first open stream, since `mark`. */
  const syncedAt = ints(NONE);
  const openedAt = ints(NONE);
  const nextLook = ints(0);
  const wasLocked = bytes();
  const locks: Locks = { wrong: 0, expired: 0 };
  let markedAt = 0;

  const ticks = (ms: number): number => Math.max(1, Math.round(ms / TICK_MS));
  const bump = (counts: Uint8Array, machine: number): void => {
    counts[machine] = Math.min(255, (counts[machine] as number) + 1);
  };

  // ── session: main/agent/session ───────────────────────────────────────────────────────────────────────────────────

  function takeToken(machine: number, tick: number): void {
    tokenDue[machine] = tick + ticks(rules.refreshAfter(TOKEN_MS, random()));
    tokenEnd[machine] = tick + ticks(TOKEN_MS);
    if (!isHub) memberSince[machine] = Math.floor(tick / TICKS_PER_SECOND);
  }

  /** `accessToken` of credential.ts and signed-in-session.ts. */
  function accessToken(machine: number, tick: number): boolean {
    if (tick < (tokenDue[machine] as number)) return true;
    if (servers.ask('token', tick)) {
      takeToken(machine, tick);
      return true;
    }
    if (tick < (tokenEnd[machine] as number)) return true;
    checkFailed(machine, tick);
    return false;
  }

  function checkFailed(machine: number, tick: number): void {
    const { failures, delay } = rules.afterFailure(checkFailures[machine] as number, true, random());
    checkFailures[machine] = Math.min(255, failures);
    isOffline[machine] = 1;
    timeline.set(machine, CHECK, tick + ticks(delay));
  }

  function check(machine: number, tick: number): void {
    timeline.cancel(machine, CHECK);
    if (!accessToken(machine, tick)) return;
    // The claims of the ID token say as much, without a request.
    if (isHub && !servers.ask('user', tick)) {
      checkFailed(machine, tick);
      return;
    }
    const dueIn = ((tokenDue[machine] as number) - tick) * TICK_MS;
    const { failures, delay } = rules.afterSuccess(checkFailures[machine] as number, dueIn, random());
    checkFailures[machine] = Math.min(255, failures);
    timeline.set(machine, CHECK, tick + ticks(delay));
    const wasOffline = isOffline[machine] === 1;
    isOffline[machine] = 0;
    // Who was away is synced at once (main/agent/create-agent.ts).
    if (wasOffline && (rules.syncsTwice || (syncFailures[machine] as number) > 0)) sync(machine, tick);
  }

  // ── policy and membership: main/agent/policy ──────────────────────────────────────────────────────────────────────

  function fetchAll(machine: number, tick: number): boolean {
    if (isHub && !accessToken(machine, tick)) return false;
    const served = servers.policy(tick);
    if (!servers.ask(served === held[machine] ? 'policy unchanged' : 'policy', tick)) return false;
    held[machine] = served;
    if (!isHub) return true;
    if (!servers.ask('membership', tick)) return false;
    memberSince[machine] = Math.floor(tick / TICKS_PER_SECOND);
    return true;
  }

  function sync(machine: number, tick: number): void {
    const succeeded = servers.isUp(tick) ? fetchAll(machine, tick) : failUnasked(machine, tick);
    if (succeeded) {
      syncFailures[machine] = 0;
      lastContact[machine] = tick;
      if (syncedAt[machine] === NONE) syncedAt[machine] = tick;
    } else bump(syncFailures, machine);
    const failures = syncFailures[machine] as number;
    const plannedIn = planned[machine] === NONE ? null : ((planned[machine] as number) - tick) * TICK_MS;
    const delay = rules.nextDelay({ failures, plannedIn, refreshMinutes: REFRESH_MINUTES, random: random() });
    planned[machine] = failures === 0 ? tick + ticks(delay) : NONE;
    timeline.set(machine, SYNC, tick + ticks(delay));
    if (!succeeded || !isHub) return;
    report(machine, tick);
    if (waitsForSync[machine] === 1) {
      waitsForSync[machine] = 0;
      openStream(machine, tick);
    }
  }

  /** What comes first fails: a new token where one is needed, else the policy. */
  function failUnasked(machine: number, tick: number): false {
    if (!isHub || accessToken(machine, tick)) servers.refuse(tick);
    return false;
  }

  function isCurrent(machine: number): boolean {
    const { revision } = servers.policies[held[machine] as number] as SignedPolicy;
    return revision === servers.policies.at(-1)?.revision;
  }

  // ── receipts: main/agent/reporting ────────────────────────────────────────────────────────────────────────────────

  function report(machine: number, tick: number): void {
    const attemptedAt = lastReport[machine] === NONE ? null : (lastReport[machine] as number) * TICK_MS;
    const wait = rules.reportWaits({ attemptedAt, unknownAt: null }, tick * TICK_MS) ?? 0;
    if (wait > 0) {
      timeline.set(machine, REPORT, tick + ticks(wait));
      return;
    }
    timeline.cancel(machine, REPORT);
    lastReport[machine] = tick;
    if (accessToken(machine, tick) && servers.ask('nonce', tick)) servers.ask('report', tick);
  }

  // ── event stream: main/agent/policy/revision-watch.ts ─────────────────────────────────────────────────────────────

  function openStream(machine: number, tick: number): void {
    streamTriedAt[machine] = tick;
    if (!accessToken(machine, tick) || !servers.ask('stream', tick)) {
      streamLost(machine, tick);
      return;
    }
    isOpen[machine] = 1;
    if (openedAt[machine] === NONE) openedAt[machine] = tick;
    timeline.set(machine, STREAM, tokenEnd[machine] as number);
    const contact = lastContact[machine] as number;
    const calls = { failures: syncFailures[machine] as number, lastContact: contact === NONE ? null : contact };
    // It begins with the revision in force.
    if (rules.syncsOnOpen(calls, false) || !isCurrent(machine)) sync(machine, tick);
  }

  function streamLost(machine: number, tick: number): void {
    isOpen[machine] = 0;
    const lasted = (tick - (streamTriedAt[machine] as number)) * TICK_MS;
    const lost = { failures: streamFailures[machine] as number, lasted, retry: backWithin * 1000 };
    const { failures, delay } = rules.reconnectAfter(lost, random());
    streamFailures[machine] = Math.min(255, failures);
    timeline.set(machine, STREAM, tick + ticks(delay));
  }

  function streamTimer(machine: number, tick: number): void {
    if (isOpen[machine] === 1) streamLost(machine, tick);
    else if (rules.streamWaitsForSync && (syncFailures[machine] as number) > 0) waitsForSync[machine] = 1;
    else openStream(machine, tick);
  }

  // ── on and off ────────────────────────────────────────────────────────────────────────────────────────────────────

  function stop(machine: number): void {
    isOn[machine] = 0;
    isOpen[machine] = 0;
    // It cannot be synced any more.
    if (syncedAt[machine] === NONE) syncedAt[machine] = markedAt;
    for (let timer = 0; timer < TIMERS; timer += 1) if (timer !== POWER) timeline.cancel(machine, timer);
  }

  function start(machine: number, tick: number): void {
    isOn[machine] = 1;
    for (const counts of [syncFailures, checkFailures, streamFailures, waitsForSync, isOffline]) counts[machine] = 0;
    planned[machine] = NONE;
    lastContact[machine] = NONE;
    lastReport[machine] = NONE;
    tokenDue[machine] = 0;
    tokenEnd[machine] = 0;
    check(machine, tick);
    sync(machine, tick);
    if (isHub) openStream(machine, tick);
  }

  function fireOne(machine: number, timer: number, tick: number): void {
    if (timer === SYNC) sync(machine, tick);
    else if (timer === CHECK) check(machine, tick);
    else if (timer === STREAM) streamTimer(machine, tick);
    else if (timer === REPORT) report(machine, tick);
    else if (timer === NEWS) {
      if (isOpen[machine] === 1 && !isCurrent(machine)) sync(machine, tick);
    }
  }

  function look(machine: number, tick: number): void {
    if (isOn[machine] === 0 || tick < (nextLook[machine] as number)) return;
    nextLook[machine] = tick + lookEvery;
    const holds = heldBy(machine);
    const now = EPOCH + Math.floor(tick / TICKS_PER_SECOND);
    if (!isLocked(holds, now)) return;
    if (holds.policy.exp > now && holds.membership.exp > now) locks.wrong += 1;
    else if (wasLocked[machine] === 0) locks.expired += 1;
    wasLocked[machine] = 1;
  }

  function heldBy(machine: number): Held {
    const { revision, iat } = servers.policies[held[machine] as number] as SignedPolicy;
    const since = memberSince[machine] as number;
    return {
      offline: isOffline[machine] === 1,
      failures: syncFailures[machine] as number,
      lastContact: EPOCH + Math.max(0, lastContact[machine] as number) / TICKS_PER_SECOND,
      policy: { revision, iat: EPOCH + iat, exp: EPOCH + iat + POLICY_SECONDS },
      membership: { iat: EPOCH + since, exp: EPOCH + since + MEMBERSHIP_SECONDS },
    };
  }

  return {
    locks,
    stop,
    start,
    fire(machine, timer, tick) {
      fireOne(machine, timer, tick);
      look(machine, tick);
    },
    settle(machine) {
      isOn[machine] = 1;
      const interval = ticks(REFRESH_MINUTES * 60_000);
      const token = ticks(TOKEN_MS);
      const age = Math.floor(random() * token * 0.6);
      takeToken(machine, -age);
      lastContact[machine] = -Math.floor(random() * interval);
      if (isHub) memberSince[machine] = Math.floor((lastContact[machine] as number) / TICKS_PER_SECOND);
      planned[machine] = (lastContact[machine] as number) + interval;
      timeline.set(machine, SYNC, planned[machine] as number);
      timeline.set(machine, CHECK, Math.max(1, tokenDue[machine] as number));
      if (!isHub) return;
      isOpen[machine] = 1;
      streamTriedAt[machine] = -age;
      timeline.set(machine, STREAM, tokenEnd[machine] as number);
    },
    loseStreams(tick) {
      for (let machine = 0; machine < machines; machine += 1) if (isOpen[machine] === 1) streamLost(machine, tick);
    },
    announce(tick) {
      const spread = toldWithin * TICKS_PER_SECOND;
      for (let machine = 0; machine < machines; machine += 1) {
        if (isOpen[machine] === 1) timeline.set(machine, NEWS, tick + 1 + Math.floor(random() * spread));
      }
    },
    mark(tick) {
      markedAt = tick;
      for (let machine = 0; machine < machines; machine += 1) {
        const since = isOn[machine] === 1 ? NONE : tick;
        syncedAt[machine] = since;
        openedAt[machine] = since;
      }
    },
    unmark(machine) {
      syncedAt[machine] = NONE;
    },
    syncedAfter: () => lastAfter(syncedAt),
    openAfter: () => lastAfter(openedAt),
  };

  function lastAfter(times: Int32Array): number | null {
    let last = markedAt;
    for (const at of times) {
      if (at === NONE) return null;
      last = Math.max(last, at);
    }
    return (last - markedAt) / TICKS_PER_SECOND;
  }
}
