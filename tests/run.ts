import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { removeAbandonedVms } from '../main/demo/vm/vm.ts';
import { type RunBeside, runBeside, type Summary } from './setup/beside.ts';
import { buildApart } from './setup/build-apart.ts';
import { buildCommandLine } from './setup/build-command-line.ts';
import { findChromium } from './setup/chromium.ts';
import { type Neighbour, prepareElectron } from './setup/electron.ts';
import { endProcessesWith } from './setup/leftovers.ts';
import { prepare, type Readiness } from './setup/prepare.ts';
import { addUp, Counts, describeCounts, readPlaywright } from './setup/reports.ts';
import { PREPARED_LAYERS } from './setup/tools.ts';
import { layOutVmImage } from './setup/vm-image.ts';
import { buildStage } from './support/electron/build-stage.ts';
import { removeAbandonedGuests } from './support/systemd-guest.ts';
import { withinVmNetwork } from './support/vm/network.ts';

/**
 * `npm test` runs every layer in this order, some beside the others; `node tests/run.ts LAYER...` runs those named. A layer that this machine or user
 * cannot run is named at the end with the command that would run it, and is a failure if it was named, with `--all` and with
 * `CI` set. Exit 0 only if nothing failed and every layer that ran has run a test.
 */
const root = join(import.meta.dirname, '..');

type Outcome =
  | { kind: 'ran'; ok: boolean; counts: Counts | null; note?: string }
  | { kind: 'not-run'; because: string; command: string };

interface Layer {
  readonly name: string;
  /** Minutes it may take on two cores with another layer beside it, half as much again as seen. Overruns are named, and are no failure: machines differ. */
  readonly budget: number;
  readonly run: () => Promise<Outcome>;
}

const layers: readonly Layer[] = [
  { name: 'check', budget: 1, run: () => judge(['npm', 'run', '-s', 'check', '--', '--error-on-warnings']) },
  { name: 'types', budget: 1, run: () => judge(['npm', 'run', '-s', 'types']) },
  { name: 'unit', budget: 4, run: () => vitest('unit') },
  { name: 'contract', budget: 10, run: () => vitest('contract') },
  {
    name: 'endurance',
    budget: 8,
    run: () => whenReady(prepare('endurance', process.env), () => vitest('endurance')),
  },
  {
    name: 'differential',
    budget: 1,
    run: () => whenReady(prepare('differential', process.env), () => vitest('differential')),
  },
  { name: 'postgres', budget: 5, run: () => whenReady(prepare('postgres', process.env), () => vitest('postgres')) },
  { name: 'provider', budget: 3, run: () => whenReady(prepare('provider', process.env), () => vitest('provider')) },
  { name: 'keyring', budget: 1, run: () => whenReady(prepare('keyring', process.env), () => vitest('keyring')) },
  {
    name: 'e2e',
    budget: 5,
    run: () => whenReady(prepare('e2e', process.env), () => whenBuilt(panelInBrowser)),
  },
  {
    name: 'dashboard',
    budget: 6,
    run: () => whenReady(prepare('e2e', process.env), () => whenBuilt(() => playwright('--project', 'dashboard'))),
  },
  { name: 'electron', budget: 11, run: electron },
  { name: 'package', budget: 5, run: packages },
  {
    name: 'engine',
    budget: 12,
    run: () => whenReady(prepare('engine', process.env), () => whenBuilt(() => vitest('engine'))),
  },
  { name: 'vm', budget: 17, run: vms },
  { name: 'install', budget: 13, run: () => whenReady(prepare('install', process.env), () => vitest('install')) },
];

/**
 * All temporary files of all layers: removed at the end, also what a killed test could not remove itself. The name is
 * short because sockets lie below it, and the path of a socket has about a hundred characters.
 */
const temporary = mkdtempSync(join(tmpdir(), 'pc-'));
// Other users may pass, to what is theirs below: tests give up root's privileges.
chmodSync(temporary, 0o711);

/** Children find the project's Node and tools first, whatever the user's PATH says. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  TMPDIR: temporary,
  // The tests start the programs from their sources hundreds of times: each module is stripped of its types and compiled once.
  NODE_COMPILE_CACHE: join(temporary, 'compiled'),
  PATH: [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
};

/** Somebody wants the run to end: the layer under way is told, and no other is begun. */
let stopped = false;

function spawned(command: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<boolean> {
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    // npm is a batch file on Windows, which only a shell can start.
    const shell = process.platform === 'win32' && file === 'npm';
    const child = spawn(file, args, { cwd: root, stdio: 'inherit', env: { ...env, ...extra }, shell });
    const forward = (signal: NodeJS.Signals): void => {
      stopped = true;
      child.kill(signal);
    };
    process.once('SIGTERM', forward).once('SIGINT', forward);
    child.once('error', (error) => {
      process.stderr.write(`${file} cannot be started: ${error.message}\n`);
      resolve(false);
    });
    child.once('close', (code) => {
      process.off('SIGTERM', forward).off('SIGINT', forward);
      resolve(code === 0);
    });
  });
}

/** What tests/support/command-line.ts names, built once in a run. */
let commandLine: Promise<void> | undefined;

function withCommandLine(): Promise<void> {
  if (env.PORTCULLIS_TEST_CLI !== undefined) return Promise.resolve();
  commandLine ??= buildApart(root, async (made) => {
    await buildCommandLine(root, join(made, 'cli'));
    return true;
  }).then(() => {
    env.PORTCULLIS_TEST_CLI = join(root, 'out', 'cli', 'index.js');
  });
  return commandLine;
}

/** A step without tests of its own: it holds or it does not. */
async function judge(command: readonly string[]): Promise<Outcome> {
  return { kind: 'ran', ok: await spawned(command), counts: null };
}

async function whenReady(readiness: Readiness, run: () => Promise<Outcome>): Promise<Outcome> {
  return readiness.ready ? run() : { kind: 'not-run', because: readiness.because, command: readiness.command };
}

/** Runs a test runner and adds up its report. A runner that says failure without naming a failed test counts as one. */
async function counted(
  run: (reportFile: string) => Promise<boolean>,
  read: (report: unknown) => Counts,
  reportFile = join(mkdtempSync(join(temporary, 'report-')), 'report.json'),
): Promise<Outcome> {
  const ok = await run(reportFile);
  let counts: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };
  let note = 'the runner left no report';
  try {
    counts = read(JSON.parse(readFileSync(reportFile, 'utf8')));
    note = 'it ran no test';
  } catch (error) {
    if (ok) note = `its report cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  const ran = counts.passed + counts.failed > 0;
  if ((!ok || !ran) && counts.failed === 0) counts.failed = 1;
  return { kind: 'ran', ok: ok && ran && counts.failed === 0, counts, ...(ran ? {} : { note }) };
}

async function vitest(
  project: string,
  extra: NodeJS.ProcessEnv = {},
  within: (command: string[]) => string[] = (command) => command,
): Promise<Outcome> {
  if (project !== 'unit') await withCommandLine();
  const cli = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  return counted(
    (file) =>
      spawned(
        within([
          ...[process.execPath, cli, 'run', '--project', project],
          ...['--reporter=default', `--reporter=${join(root, 'tests', 'setup', 'counts-reporter.ts')}`],
        ]),
        { ...extra, PORTCULLIS_COUNTS_FILE: file },
      ),
    Counts.parse,
  );
}

let built: Promise<boolean> | undefined;

/** The panel, the dashboard, and the preload script of Electron's shell, are built once in a run. */
async function whenBuilt(run: () => Promise<Outcome>): Promise<Outcome> {
  built ??= build();
  if (await built) return run();
  return {
    kind: 'ran',
    ok: false,
    counts: { passed: 0, failed: 1, skipped: 0, failures: [] },
    note: 'the build failed',
  };
}

function build(): Promise<boolean> {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const electronVite = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  return buildApart(root, async (made) => {
    const commands = [
      [vite, 'build', '--outDir', join(made, 'renderer'), '--emptyOutDir'],
      [vite, 'build', '-c', 'vite.dashboard.config.ts', '--outDir', join(made, 'dashboard'), '--emptyOutDir'],
      [electronVite, 'build', '--outDir', made, '--logLevel', 'warn'],
    ];
    for (const command of commands) if (!(await spawned([process.execPath, ...command]))) return false;
    return true;
  });
}

/** Whether every layer runs that can. */
let isWhole = false;

/** The panel served to a browser: whole, but where it is shown in a real Electron too. */
async function panelInBrowser(): Promise<Outcome> {
  env.PORTCULLIS_ALSO_IN_ELECTRON = String(isWhole && (await readyElectron()).ready);
  return playwright('--project', 'browser', '--project', 'bridge');
}

async function playwright(...more: string[]): Promise<Outcome> {
  await withCommandLine();
  const cli = join(root, 'node_modules', '@playwright', 'test', 'cli.js');
  const chromium = findChromium(process.env) ?? '';
  return counted(
    (file) =>
      spawned([process.execPath, cli, 'test', '--reporter=list,json', '--fail-on-flaky-tests', ...more], {
        PORTCULLIS_CHROMIUM: chromium,
        PLAYWRIGHT_JSON_OUTPUT_FILE: file,
      }),
    readPlaywright,
  );
}

/** The panel's specs in a real Electron, and the shell with the real agent: as an unprivileged user, the sandbox on. */
let preparing: ReturnType<typeof prepareElectron> | null = null;

/** Two layers need it: made ready once. */
function readyElectron(): ReturnType<typeof prepareElectron> {
  preparing ??= prepareElectron({ env, root, temporary, uid: process.getuid?.() });
  return preparing;
}

async function electron(): Promise<Outcome> {
  const readiness = await readyElectron();
  if (!readiness.ready) return { kind: 'not-run', because: readiness.because, command: readiness.command };
  return whenBuilt(async () => {
    await withCommandLine();
    const { folder, within, version } = readiness;
    const reportFile = join(folder, 'report.json');
    await buildStage(join(root, 'out', 'stage'));
    const cli = join(root, 'node_modules', '@playwright', 'test', 'cli.js');
    const options = ['--config', 'playwright.electron.config.ts', '--reporter=list,json', '--fail-on-flaky-tests'];
    const neighbour = readiness.neighbour && startNeighbour(readiness.neighbour);
    const outcome = await counted(
      () =>
        spawned(within([process.execPath, cli, 'test', ...options, '--output', join(folder, 'results')]), {
          ...readiness.env,
          PORTCULLIS_TEST_CLI: env.PORTCULLIS_TEST_CLI,
          ...(readiness.neighbour === null ? {} : { PORTCULLIS_NEIGHBOUR: readiness.neighbour.socket }),
          PORTCULLIS_STAGE: 'built',
          PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile,
        }),
      readPlaywright,
      reportFile,
    );
    neighbour?.kill();
    await endProcessesWith(folder);
    if (readiness.neighbour !== null) await endProcessesWith(readiness.neighbour.folder);
    return outcome.kind === 'ran' ? { ...outcome, note: `on Electron ${version}` } : outcome;
  });
}

/** Waits for orders, idle until the spec comes that needs a second user. */
function startNeighbour({ command: [file = '', ...args], env: theirs }: Neighbour): ChildProcess {
  return spawn(file, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], env: theirs });
}

/** What is packed for each system and, as root on Linux, the packed program with a real Electron on a machine of its own. */
async function packages(): Promise<Outcome> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return whenBuilt(() => vitest('package'));
  return whenReady(prepare('package', process.env), async () => {
    const electron = await readyElectron();
    return whenReady(electron, () =>
      whenBuilt(async () => {
        const outcome = await vitest('package', {
          PORTCULLIS_TEST_ELECTRON:
            (electron.ready ? electron.env.ELECTRON_OVERRIDE_DIST_PATH : undefined) ??
            join(root, 'node_modules', 'electron', 'dist'),
        });
        return outcome.kind === 'ran' && electron.ready
          ? { ...outcome, note: [outcome.note, `on Electron ${electron.version}`].filter(Boolean).join(', ') }
          : outcome;
      }),
    );
  });
}

/**
 * A whole machine, emulated. In a network of its own, where its registries have addresses, and the gateway the ports at which guests
 * expect it. The machine is made before, because that takes packages from a network.
 */
async function vms(): Promise<Outcome> {
  return whenReady(prepare('vm', process.env), async () => {
    layOutVmImage(process.env, Date.now());
    return vitest('vm', {}, withinVmNetwork);
  });
}

/** Takes away what is left of tests that were killed; there is nothing after those that ended by themselves. */
async function cleanUp(): Promise<void> {
  if (process.platform !== 'linux') return;
  const left = await endProcessesWith(temporary);
  if (left > 0) process.stdout.write(`Ended ${left} processes that were left.\n`);
  if (process.getuid?.() !== 0) return;
  await removeAbandonedVms();
  await removeAbandonedGuests();
}

/** In a whole run of a machine that can run them, they run beside the others, and take about as long. */
const BESIDE = ['unit', 'endurance', 'differential', 'postgres', 'provider', 'keyring', 'vm', 'install'];

/** @param beside the file for the summary, of a run beside another */
async function main(names: readonly string[], all: boolean, beside: string | null): Promise<number> {
  const unknown = names.filter((name) => !layers.some((layer) => layer.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `No such layer: ${unknown.join(', ')}. There are ${layers.map(({ name }) => name).join(', ')}.\n`,
    );
    return 2;
  }
  isWhole = names.length === 0;
  const isCi = !['', '0', 'false'].includes(process.env.CI ?? '');
  const isWanted = isCi || all || (names.length > 0 && beside === null);

  const began = performance.now();
  const { lines, counts: total }: Summary = { lines: {}, counts: { passed: 0, failed: 0, skipped: 0, failures: [] } };
  let others: RunBeside | null = null;
  if (names.length === 0 && process.platform === 'linux' && process.getuid?.() === 0) {
    // Now, and not under way: guests see what is installed on this machine, and tests compare all of such a system before and after.
    for (const layer of PREPARED_LAYERS) prepare(layer, process.env);
    await withCommandLine();
    const { PORTCULLIS_TEST_CLI } = env;
    others = runBeside(import.meta.filename, BESIDE, {
      ...process.env,
      PORTCULLIS_TEST_CLI,
      ...(isWanted && { CI: 'true' }),
    });
  }
  for (const layer of layers) {
    if (names.length > 0 ? !names.includes(layer.name) : others !== null && BESIDE.includes(layer.name)) continue;
    process.stdout.write(`\n── ${layer.name} ${'─'.repeat(60 - layer.name.length)}\n`);
    const began = performance.now();
    const outcome = await layer.run();
    const minutes = (performance.now() - began) / 60_000;
    await cleanUp();
    if (stopped) {
      lines[layer.name] = 'stopped by a signal; the layers after it have not run';
      break;
    }
    if (outcome.kind === 'not-run') {
      if (isWanted) total.failed += 1;
      lines[layer.name] = `${isWanted ? 'FAILED' : 'not run'}: ${outcome.because}. To run it: ${outcome.command}`;
      continue;
    }
    // A step without tests that fails is one failure, so that the last line never reads "0 failed" after a failed run.
    const counts = outcome.counts ?? { passed: 0, failed: outcome.ok ? 0 : 1, skipped: 0, failures: [] };
    addUp(total, { ...counts, failures: counts.failures.map((failure) => `${layer.name}: ${failure}`) });
    const detail = [outcome.counts ? describeCounts(counts) : '', outcome.note ?? ''].filter((part) => part !== '');
    const time = `${minutes.toFixed(1)} min${minutes > layer.budget ? ` (over its budget of ${layer.budget})` : ''}`;
    lines[layer.name] = `${[outcome.ok ? 'ok' : 'FAILED', ...detail].join(': ')}, ${time}`;
  }
  if (others !== null) {
    if (stopped) others.stop('SIGTERM');
    const summary = await others.ended();
    Object.assign(lines, summary.lines);
    addUp(total, summary.counts);
  }
  if (beside !== null) writeFileSync(beside, JSON.stringify({ lines, counts: total } satisfies Summary));
  const cores = availableParallelism();
  const whole = `all ${((performance.now() - began) / 60_000).toFixed(1)} min on ${cores} cores, load ${loadavg()[0]?.toFixed(1)}`;
  const shown = layers.flatMap(({ name }) => (lines[name] === undefined ? [] : [`${name.padEnd(13)}${lines[name]}`]));
  // Once more at the end, where whoever sees only the last page of the output finds them.
  const failures = total.failures.map((failure) => `✗ ${failure}\n`).join('');
  process.stdout.write(`\n${shown.join('\n')}\n${whole}\n\n${failures}${describeCounts(total)}\n`);
  return total.failed > 0 || stopped ? 1 : 0;
}

try {
  const { values, positionals } = parseArgs({
    options: { all: { type: 'boolean', default: false }, beside: { type: 'string' } },
    allowPositionals: true,
  });
  process.exitCode = await main(positionals, values.all, values.beside ?? null);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
