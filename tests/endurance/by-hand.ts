import { parseArgs } from 'node:util';
import { seededRandom } from '../support/random.ts';
import { killMidSwap } from './kills.ts';

/** What the layer `endurance` does in small, for as long as somebody has patience: `npm run kills -- --kills 300`. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { kills: { type: 'string', default: '300' }, seed: { type: 'string', default: String(Date.now() >>> 0) } },
});
const [what] = positionals;
const random = seededRandom(Number(values.seed));
process.stdout.write(`Seed ${values.seed}.\n`);

/** Prints what came of it; what went wrong is the exit code. */
function conclude(result: { wrong: string[] }): void {
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = result.wrong.length === 0 ? 0 : 1;
}

switch (what) {
  case 'kills':
    conclude(await killMidSwap(Number(values.kills), random));
    break;
  default:
    process.stderr.write('kills\n');
    process.exitCode = 2;
}
