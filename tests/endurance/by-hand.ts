import { parseArgs } from 'node:util';
import { seededRandom } from '../support/random.ts';
import { fuzz, writeCorpus } from './fuzz/fuzz.ts';
import { watchCoverage } from './fuzz/novelty.ts';
import { fuzzTargets } from './fuzz/targets.ts';
import { killMidSwap } from './kills.ts';
import { killReplicas, saveUnderFire } from './replica-kills.ts';
import { soak } from './soak.ts';

/**
 * What the layer `endurance` does in small, for as long as somebody has patience: `npm run kills -- --kills 300 [--what replicas]`,
 * `npm run fuzz -- --seconds 600 [--target NAME]`, `npm run soak -- --minutes 30 [--pause 50]`. `--seed` repeats what went wrong.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '600' },
    minutes: { type: 'string', default: '10' },
    pause: { type: 'string', default: '0' },
    target: { type: 'string' },
    what: { type: 'string', default: 'gateway' },
    seed: { type: 'string', default: String(Date.now() >>> 0) },
  },
});
const [what] = positionals;
const random = seededRandom(Number(values.seed));
process.stdout.write(`Seed ${values.seed}.\n`);

/** Prints what came of it; what went wrong is the exit code. */
function conclude(result: { wrong: unknown[] }): void {
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = result.wrong.length === 0 ? 0 : 1;
}

/** Guided by coverage; what led somewhere new is added to the corpus, and what went wrong is printed. */
async function fuzzByHand(): Promise<void> {
  const targets = (await fuzzTargets()).filter(({ name }) => values.target === undefined || name === values.target);
  const isNew = await watchCoverage();
  for (const target of targets) {
    const milliseconds = (Number(values.seconds) * 1000) / targets.length;
    const { runs, corpus, finding } = await fuzz(target, milliseconds, random, isNew);
    writeCorpus(target.name, corpus);
    process.stdout.write(`${target.name}: ${runs} inputs, corpus ${corpus.length}\n`);
    if (finding) conclude({ wrong: [finding] });
  }
}

switch (what) {
  case 'fuzz':
    await fuzzByHand();
    break;
  case 'soak':
    conclude(await soak(Number(values.minutes) * 60_000, random, Number(values.pause)));
    break;
  case 'kills':
    conclude(
      values.what === 'replicas'
        ? await saveUnderFire(random, killReplicas(Number(values.kills), random))
        : await killMidSwap(Number(values.kills), random),
    );
    break;
  default:
    process.stderr.write('Say fuzz, kills or soak.\n');
    process.exitCode = 2;
}
