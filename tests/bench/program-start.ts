import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fineProcessorSeconds } from '../support/process-figures.ts';

/**
 * `node tests/bench/program-start.ts [PROGRAM]`: processor time of a command of the installed program, beside the same command from source,
 * in turns. Of the gateway: until it serves.
 */
const root = join(import.meta.dirname, '../..');
const program = process.argv[2] ?? join(root, 'dist/program/linux-x64/portcullis');
const source = [process.execPath, join(root, 'main/cli/index.ts')];
const ROUNDS = 15;

const folder = mkdtempSync(join(tmpdir(), 'program-start-'));
const config = join(folder, 'gateway.json');
const listening = { dns: { engine: ['127.0.0.1:0'], workload: ['127.0.0.1:0'] }, proxy: ['127.0.0.1:0'] };
const places = { stateDir: join(folder, 'state'), control: join(folder, 'control.sock'), managedConfig: { folder } };
writeFileSync(
  config,
  JSON.stringify({ ...listening, ...places, workers: 2, upstreams: [], allowFrom: ['127.0.0.0/8'] }),
);

const commands = {
  '--version': ['--version'],
  status: ['status'],
  'managed-config check': ['managed-config', 'check'],
  'engine audit': ['engine', 'audit'],
  'gateway run, 2 threads': ['gateway', 'run', '--config', config],
};

/** Processor time in milliseconds of one run, with its threads. */
function measure(command: readonly string[]): number {
  const script = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>&1';
  const { stderr } = spawnSync('bash', ['-c', script, 'bash', ...command], { encoding: 'utf8', cwd: folder });
  const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return (user + system) * 1000;
}

/** The same of what runs until it is ended: until it is ready. */
async function measureStart([file = '', ...args]: readonly string[]): Promise<number> {
  const child = spawn(file, args, { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = once(child, 'exit');
  await once(child.stdout, 'data');
  const seconds = fineProcessorSeconds(child.pid ?? 0);
  child.kill();
  await gone;
  return seconds * 1000;
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

for (const [name, words] of Object.entries(commands)) {
  const run = words.includes('run') ? measureStart : measure;
  const pairs: [number, number][] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    pairs.push([await run([program, ...words]), await run([...source, ...words])]);
  }
  const [ours, theirs] = [median(pairs.map(([one]) => one)), median(pairs.map(([, other]) => other))];
  const ratio = median(pairs.map(([one, other]) => one / other));
  process.stdout.write(
    `${name.padEnd(24)} ${ours.toFixed(0)} ms, from source ${theirs.toFixed(0)} ms, ratio ${ratio.toFixed(2)}\n`,
  );
}
rmSync(folder, { recursive: true, force: true });
