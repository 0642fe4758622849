import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { draw, type Panel } from './chart.ts';
import { policyBytes } from './policy-bytes.ts';
import { SCENARIOS } from './scenarios.ts';
import { type Outcome, QUIET_SECONDS, type Scenario, simulate } from './simulate.ts';

/**
 * `npm run simulate [-- --machines N] [--seed N] [--only NAME] [--outcomes FOLDER] [--picture FILE]`: a million machines on a virtual clock, as
 * docs/scale.md describes. Prints its tables; the same seed gives the same figures. With a folder, each outcome is kept there and taken from
 * there, so that scenarios can be run side by side and drawn together.
 */
const { values: given } = parseArgs({
  options: {
    machines: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    outcomes: { type: 'string' },
    picture: { type: 'string' },
  },
});
const machines = Number(given.machines);
const seed = Number(given.seed);

/** Each machine is looked at so often: is it blocked? */
const LOOK_SECONDS = 4 * 3600;
/** Where the rules of before are shown beside those of now. */
const COMPARED = ['outage-12', 'reboot', 'news', 'restart'];

const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};
const count = (value: number): string => Math.round(value).toLocaleString('en-US');

function row(name: string, outcome: Outcome): string {
  const { usual, peak, peakAt, settledAfter, wronglyLocked, expired, scenario } = outcome;
  const from = scenario.outage?.until ?? scenario.reboot?.from ?? scenario.restartAt ?? scenario.revisionAt ?? 0;
  const settled = settledAfter === null ? 'not all' : `${count(settledAfter)} s`;
  const cells = [name, count(usual), count(peak), (peak / usual).toFixed(1), `${count(peakAt - from)} s`, settled];
  return `| ${[...cells, count(outcome.byCall.refused), count(wronglyLocked), count(expired)].join(' | ')} |`;
}

const now = new Map<string, Outcome>();
const earlier = new Map<string, Outcome>();
say(`${count(machines)} machines, seed ${seed}`);
say();
say(
  '| scenario | usual requests/s | peak | peak/usual | peak after | all synced after | not answered | wrongly blocked | blocked as expired |',
);
say('|---|---|---|---|---|---|---|---|---|');
for (const scenario of SCENARIOS) {
  if (given.only !== undefined && given.only !== scenario.name) continue;
  const outcome = outcomeOf(scenario, false);
  now.set(scenario.name, outcome);
  const server = scenario.kind === 'hub' ? '' : 'without a hub: ';
  say(row(`${server}${scenario.title}`, outcome));
  if (!COMPARED.includes(scenario.name)) continue;
  const before = outcomeOf(scenario, true);
  earlier.set(scenario.name, before);
  say(row('– by the earlier rules', before));
}
say();
say('| lines of the policy | plain | gzip | zstd | to all machines with zstd |');
say('|---|---|---|---|---|');
for (const lines of [10, 1_000, 1_000_000]) {
  const { plain, gzip, zstd } = policyBytes(lines);
  say(`| ${[count(lines), bytes(plain), bytes(gzip), bytes(zstd), bytes(zstd * machines)].join(' | ')} |`);
}
if (given.picture !== undefined) writeFileSync(given.picture, picture());

function outcomeOf(scenario: Scenario, isEarlier: boolean): Outcome {
  const run = (): Outcome => simulate(scenario, { machines, seed, earlier: isEarlier, lookEverySeconds: LOOK_SECONDS });
  if (given.outcomes === undefined) return run();
  const file = join(given.outcomes, `${machines}-${seed}-${scenario.name}${isEarlier ? '-earlier' : ''}.json`);
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    return { ...kept, load: Uint32Array.from(kept.load) };
  }
  const outcome = run();
  mkdirSync(given.outcomes, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...outcome, load: Array.from(outcome.load) }));
  return outcome;
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toPrecision(3)} ${units[power]}`;
}

function picture(): string {
  const of = (name: string): Outcome => {
    const outcome = now.get(name);
    if (outcome === undefined) throw new Error(`the picture needs all scenarios, and ${name} was not run`);
    return outcome;
  };
  const compared = (name: string): Panel['lines'] => [
    { outcome: earlier.get(name) ?? of(name), label: 'earlier rules', look: 'earlier' },
    { outcome: of(name), label: 'now', look: 'now' },
  ];
  const minutes = (from: number, label: string): Pick<Panel, 'from' | 'until' | 'axis'> => ({
    from: from - 300,
    until: from + 3600,
    axis: { unit: 'minutes', zero: from, ticks: [0, 10, 20, 30, 40, 50, 60], label },
  });
  const back = (name: string): number => of(name).scenario.outage?.until ?? QUIET_SECONDS;
  const shifted = (name: string): Outcome => {
    const outcome = of(name);
    // All of them end at the same place of the axis.
    return { ...outcome, load: outcome.load.subarray(back(name) - back('outage-1')) };
  };
  return draw(
    `Requests per second of ${count(machines)} desktops`,
    'One logarithmic scale for all panels; every two pixels show the highest second among them. Sync interval 15 minutes.',
    [
      {
        title: 'A normal day at a hub, a new revision at eleven',
        ...{ from: 0, until: 24 * 3600, lines: [{ outcome: of('day'), label: 'now', look: 'now' }] },
        axis: { unit: 'hours', zero: 0, ticks: [0, 3, 6, 9, 12, 15, 18, 21, 24], label: 'hour of the day' },
      },
      {
        title: 'After an outage of the hub',
        ...minutes(back('outage-1'), 'minutes after the hub is back'),
        lines: [
          { outcome: shifted('outage-1'), label: '1 hour', look: 'now' },
          { outcome: shifted('outage-12'), label: '12 hours', look: 'second' },
          { outcome: shifted('outage-71'), label: '71 hours', look: 'third' },
        ],
      },
      {
        title: 'All event streams lost at once',
        ...minutes(QUIET_SECONDS, 'minutes after the loss'),
        lines: compared('restart'),
      },
      { title: 'A new revision', ...minutes(QUIET_SECONDS, 'minutes after it was saved'), lines: compared('news') },
      {
        title: 'All desktops start within ten minutes',
        ...minutes(QUIET_SECONDS, 'minutes after nine o’clock'),
        lines: compared('reboot'),
      },
      {
        title: 'Without a hub: web server and identity provider',
        ...minutes(back('files-outage-12'), 'minutes after an outage of 12 hours'),
        lines: [{ outcome: of('files-outage-12'), label: 'now', look: 'now' }],
      },
    ],
  );
}
