import { expect, it } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { killMidSwap } from './kills.ts';

const KILLS = 40;

it('a gateway that is killed in the middle of a swap has the old or the new set afterwards, never none, never a mix', async () => {
  const seed = Date.now() >>> 0;
  const { wrong, old, new: newer, asked, kills } = await killMidSwap(KILLS, seededRandom(seed));
  expect(wrong, `seed ${seed}`).toEqual([]);
  expect(kills).toBe(KILLS);
  // Both happened, under load; else nothing was shown.
  expect(old).toBeGreaterThan(0);
  expect(newer).toBeGreaterThan(0);
  expect(asked).toBeGreaterThan(KILLS);
});
