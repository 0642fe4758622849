import { expect, it } from 'vitest';
import { createWriteLimits } from '../../../../main/hub/http/write-limits.ts';
import { createOwnTallies } from '../../../../main/hub/store/tallies.ts';

async function takeUntilRefused(
  limits: ReturnType<typeof createWriteLimits>,
  sub: string,
): Promise<{ taken: number; wait: number }> {
  for (let taken = 0; ; taken += 1) {
    const wait = await limits.take(sub);
    if (wait > 0) return { taken, wait };
  }
}

it('lets a person make 120 changes at a stroke, and one a second from then on', async () => {
  let now = 1_000_000;
  const limits = createWriteLimits(createOwnTallies(), () => now);
  expect(await takeUntilRefused(limits, 'olivia')).toEqual({ taken: 120, wait: 1 });
  now += 3000;
  expect((await takeUntilRefused(limits, 'olivia')).taken).toBe(3);
  now += 3_600_000;
  expect((await takeUntilRefused(limits, 'olivia')).taken).toBe(120);
});

it('counts each person alone', async () => {
  const limits = createWriteLimits(createOwnTallies(), () => 0);
  await takeUntilRefused(limits, 'olivia');
  expect(await limits.take('mia')).toBe(0);
});

it('is not confused by a clock that is set back', async () => {
  let now = 1_000_000;
  const limits = createWriteLimits(createOwnTallies(), () => now);
  await takeUntilRefused(limits, 'olivia');
  now = 0;
  expect(await limits.take('olivia')).toBe(1);
  now = 2000;
  expect(await limits.take('olivia')).toBe(0);
});

it('of made-up people cannot fill the memory: the oldest is forgotten', async () => {
  const limits = createWriteLimits(createOwnTallies(), () => 0);
  await takeUntilRefused(limits, 'first');
  for (let index = 0; index < 10_000; index += 1) await limits.take(`made-up ${index}`);
  expect(await limits.take('first')).toBe(0);
});
