import { describe, expect, it } from 'vitest';
import { SCENARIOS } from '../../bench/simulation/scenarios.ts';
import { type Outcome, type Scenario, simulate } from '../../bench/simulation/simulate.ts';

const HOUR = 3600;

function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

function run(scenario: Scenario, machines = 2_000, earlier = false): Outcome {
  return simulate(scenario, { machines, seed: 20, earlier, lookEverySeconds: 600 });
}

/** The highest second against the mean: of so few machines it is mostly chance, so the bounds are wide. */
const ratio = ({ peak, usual }: Outcome): number => peak / usual;

/** The last retry is a quarter of an hour, and so is the interval, give or take a tenth. */
const INTERVAL = 1.1 * 900 + 1;

describe('many machines', () => {
  it.each([
    ['outage-1', 10, INTERVAL],
    ['outage-12', 10, INTERVAL],
    ['reboot', 10, 601],
    // Some are turned away more than once.
    ['reboot-minute', 5, 2 * INTERVAL],
    ['news', 20, INTERVAL],
    ['restart', 15, 121],
    ['files-news', 8, INTERVAL],
    ['files-outage-12', 10, INTERVAL],
  ])('in scenario %s ask at most %d times as much as usual, and are done within %d s', (name, most, within) => {
    const outcome = run(scenarioOf(name));
    expect(ratio(outcome)).toBeLessThan(most);
    expect(outcome.settledAfter).toBeLessThan(within);
    expect({ wrong: outcome.wronglyLocked, expired: outcome.expired }).toEqual({ wrong: 0, expired: 0 });
  });

  it('outlast a server that is away for 71 hours, if their policy was signed just before', () => {
    const outcome = run(scenarioOf('outage-71'), 300);
    expect({ wrong: outcome.wronglyLocked, expired: outcome.expired }).toEqual({ wrong: 0, expired: 0 });
    expect(outcome.settledAfter).toBeLessThan(901);
  });

  it('are blocked once what they hold has expired, and not before', () => {
    const late = { ...scenarioOf('outage-71'), policyAge: 30 * HOUR };
    const outcome = run(late, 300);
    expect({ wrong: outcome.wronglyLocked, expired: outcome.expired }).toEqual({ wrong: 0, expired: 300 });
    expect(outcome.settledAfter).toBeLessThan(901);
  });

  it('would all come at once by the earlier rules: the simulation sees a herd', () => {
    expect(ratio(run(scenarioOf('restart'), 2_000, true))).toBeGreaterThan(100);
    expect(ratio(run(scenarioOf('news'), 2_000, true))).toBeGreaterThan(100);
  });
});
