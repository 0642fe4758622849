import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../support/random.ts';
import { fuzz } from './fuzz.ts';
import { fuzzTargets } from './targets.ts';

const MILLISECONDS = 2_500;

describe('whatever it is fed with, nothing breaks and nothing gets through:', async () => {
  it.each(await fuzzTargets())('$name', async (target) => {
    const seed = Date.now() >>> 0;
    const { finding, runs } = await fuzz(target, MILLISECONDS, seededRandom(seed));
    expect(finding, `seed ${seed}`).toBeNull();
    expect(runs).toBeGreaterThan(target.seeds.length);
  });
});
