import { expect, it } from 'vitest';
import { createWriteLimits } from '../../../../main/hub/http/write-limits.ts';

function takeUntilRefused(limits: ReturnType<typeof createWriteLimits>, sub: string): { taken: number; wait: number } {
  for (let taken = 0; ; taken += 1) {
    const wait = limits.take(sub);
    if (wait > 0) return { taken, wait };
  }
}

it('lets a person make 120 changes at a stroke, and one a second from then on', () => {
  let now = 1_000_000;
  const limits = createWriteLimits(() => now);
  expect(takeUntilRefused(limits, 'olivia')).toEqual({ taken: 120, wait: 1 });
  now += 3000;
  expect(takeUntilRefused(limits, 'olivia').taken).toBe(3);
  now += 3_600_000;
  expect(takeUntilRefused(limits, 'olivia').taken).toBe(120);
});

it('counts each person alone', () => {
  const limits = createWriteLimits(() => 0);
  takeUntilRefused(limits, 'olivia');
  expect(limits.take('mia')).toBe(0);
});

it('is not confused by a clock that is set back', () => {
  let now = 1_000_000;
  const limits = createWriteLimits(() => now);
  takeUntilRefused(limits, 'olivia');
  now = 0;
  expect(limits.take('olivia')).toBe(1);
  now = 2000;
  expect(limits.take('olivia')).toBe(0);
});

it('of made-up people cannot fill the memory: the oldest is forgotten', () => {
  const limits = createWriteLimits(() => 0);
  takeUntilRefused(limits, 'first');
  for (let index = 0; index < 10_000; index += 1) limits.take(`made-up ${index}`);
  expect(limits.take('first')).toBe(0);
});
