import { createFleet, POWER, TIMERS } from './fleet.ts';
import { EARLIER_RULES, RULES, type Rules } from './rules.ts';
import { CALLS, createServers } from './servers.ts';
import { createTimeline, TICKS_PER_SECOND } from './timeline.ts';

/** What happens to a fleet. Times in seconds from its beginning. */
export interface Scenario {
  name: string;
  title: string;
  seconds: number;
  kind: 'hub' | 'files';
  /** All machines run all the time, or two thirds of them from nine to five. */
  power: 'always' | 'office';
  outage?: { from: number; until: number };
  /** All streams are lost; the hub is back at once. */
  restartAt?: number;
  /** A new revision. */
  revisionAt?: number;
  /** All machines restart. */
  reboot?: { from: number; within: number };
  /** How long ago the policy was signed when it begins. */
  policyAge: number;
  /** Requests a second that the servers answer, as a multiple of the usual ones of that many machines; all where not given. */
  capacity?: number;
}

export interface SimulationOptions {
  machines: number;
  seed: number;
  /** By the rules of before. */
  earlier?: boolean;
  /** How often each machine is looked at, at most: is it blocked? */
  lookEverySeconds?: number;
}

export interface Outcome {
  scenario: Scenario;
  machines: number;
  /** Answered requests in each second. */
  load: Uint32Array;
  /** Answered requests of each call, and attempts that were not answered, from beginning to end. */
  byCall: Record<(typeof CALLS)[number], number>;
  /** Requests a second: the mean of a working day, or with all machines running and nothing happening. */
  usual: number;
  /** The highest second from the moment something happens, and when it is. */
  peak: number;
  peakAt: number;
  /** Seconds until the last machine was synced, or its event stream was open again where those were lost; null where one has not. */
  settledAfter: number | null;
  /** Looks at which a machine was blocked although policy and membership were valid. */
  wronglyLocked: number;
  /** Machines that were blocked at some time because what they held had expired. */
  expired: number;
}

/** Streams that one process of the hub holds. */
export const STREAMS_PER_PROCESS = 40_000;
/** Before anything happens: a whole interval, to know what is usual. */
export const QUIET_SECONDS = 900;
const WORKDAY = { start: 9 * 3600, spread: 1800, hours: 7.5, more: 2 };

/** The same seed gives the same outcome. */
export function simulate(scenario: Scenario, options: SimulationOptions): Outcome {
  const { machines, seed, earlier = false, lookEverySeconds = 3600 } = options;
  const rules: Rules = earlier ? EARLIER_RULES : RULES;
  const { seconds, outage = null, reboot, policyAge, capacity, kind } = scenario;
  const random = seeded(seed);
  const timeline = createTimeline(machines, TIMERS, seconds * TICKS_PER_SECOND);
  const servers = createServers({
    ...{ seconds, outage, signedAt: -policyAge },
    capacity: capacity === undefined ? null : Math.ceil(capacity * machines * REQUESTS_PER_SECOND[kind]),
  });
  const within = (perSecond: number): number => Math.max(1, STREAMS_PER_PROCESS / perSecond);
  const fleet = createFleet({
    ...{ machines, servers, rules, timeline, random, kind, lookEverySeconds },
    toldWithin: within(rules.toldPerSecond),
    backWithin: within(rules.takenBackPerSecond),
  });
  const begin = outage?.until ?? reboot?.from ?? scenario.restartAt ?? scenario.revisionAt ?? QUIET_SECONDS;
  const outageEnd = (outage?.until ?? 0) * TICKS_PER_SECOND;
  const isOfWorkday = new Uint8Array(machines);
  const isRunning = new Uint8Array(machines);
  const at = (second: number): number => Math.floor(second * TICKS_PER_SECOND);

  for (let machine = 0; machine < machines; machine += 1) {
    isOfWorkday[machine] = scenario.power === 'office' && random() < 0.65 ? 1 : 0;
    if (isOfWorkday[machine] === 0) fleet.settle(machine);
    else timeline.set(machine, POWER, at(WORKDAY.start + WORKDAY.spread * bell(random)));
    if (reboot !== undefined) timeline.set(machine, POWER, at(reboot.from + random() * reboot.within));
  }

  function power(machine: number, tick: number): void {
    const goesHome = isOfWorkday[machine] === 1 && isRunning[machine] === 1;
    isRunning[machine] = 1;
    fleet.stop(machine);
    if (goesHome) return;
    if (reboot !== undefined) fleet.unmark(machine);
    if (isOfWorkday[machine] === 1) {
      timeline.set(machine, POWER, tick + at((WORKDAY.hours + random() * WORKDAY.more) * 3600));
    }
    fleet.start(machine, tick);
  }

  const fire = (machine: number, timer: number, tick: number): void =>
    timer === POWER ? power(machine, tick) : fleet.fire(machine, timer, tick);

  timeline.run(
    (machine, timer, tick) => {
      fire(machine, timer, tick);
      // Nobody is answered until then, so that machines do not bear on each other.
      if (!servers.isUp(tick)) timeline.runAlone(machine, outageEnd, fire);
    },
    (tick) => {
      if (tick % TICKS_PER_SECOND !== 0) return;
      const second = tick / TICKS_PER_SECOND;
      if (second === begin) fleet.mark(tick);
      if (second === outage?.from || second === scenario.restartAt) fleet.loseStreams(tick);
      if (second !== scenario.revisionAt) return;
      servers.publish(tick);
      fleet.announce(tick);
    },
  );

  const { perSecond } = servers;
  const load = new Uint32Array(seconds);
  const answered = CALLS.filter((call) => call !== 'refused');
  for (const call of answered)
    for (let s = 0; s < seconds; s += 1) load[s] = (load[s] as number) + (perSecond[call][s] as number);
  const [peak, peakAt] = highest(load, begin);
  const settling = scenario.power === 'office' ? seconds : QUIET_SECONDS;
  return {
    ...{ scenario, machines, load, peak, peakAt },
    byCall: Object.fromEntries(CALLS.map((call) => [call, sum(perSecond[call])])) as Outcome['byCall'],
    usual: sum(load.subarray(0, settling)) / settling,
    settledAfter: scenario.restartAt === undefined ? fleet.syncedAfter() : fleet.openAfter(),
    wronglyLocked: fleet.locks.wrong,
    expired: fleet.locks.expired,
  };
}

/** Requests a second and machine while nothing happens, measured: a capacity is a multiple of it. */
const REQUESTS_PER_SECOND = { hub: 0.0056, files: 0.0015 };

function highest(values: Uint32Array, from: number): [value: number, at: number] {
  let at = from;
  for (let second = from; second < values.length; second += 1) {
    if ((values[second] as number) > (values[at] as number)) at = second;
  }
  return [values[at] as number, at];
}

function sum(values: Uint32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Nearly a normal distribution, between -2 and 2. */
function bell(random: () => number): number {
  return random() + random() + random() + random() - 2;
}

/** Mulberry32: small, fast, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
