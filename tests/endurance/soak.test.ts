import { expect, it } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { soak } from './soak.ts';

const MILLISECONDS = 20_000;

it('under load, while rules are exchanged and upstreams fail, no answer is wrong, memory stays and nothing is left open', async () => {
  const seed = Date.now() >>> 0;
  const { wrong, asked, tunnels, swaps, disturbances, resolverChanges } = await soak(MILLISECONDS, seededRandom(seed));
  expect(wrong, `seed ${seed}`).toEqual([]);
  // There was load, and there were disturbances.
  expect(asked).toBeGreaterThan(1_000);
  expect(tunnels).toBeGreaterThan(10);
  expect(swaps).toBeGreaterThan(3);
  expect(Object.keys(disturbances).length).toBeGreaterThan(2);
  if (process.platform === 'linux' && process.geteuid?.() === 0) expect(resolverChanges).toBeGreaterThan(0);
});
