import { expect, it, vi } from 'vitest';
import { every } from '../../../../main/platform/time/every.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('waits for a run to end before it counts to the next', async () => {
  const clock = manualClock();
  const ends: (() => void)[] = [];
  const task = vi.fn(() => new Promise<void>((resolve) => ends.push(resolve)));
  const stop = every(clock, 1_000, task, () => {});
  clock.advance(5_000);
  expect(task).toHaveBeenCalledTimes(1);
  ends[0]?.();
  await settled();
  clock.advance(1_000);
  expect(task).toHaveBeenCalledTimes(2);
  stop();
});

it('tells of a run that fails and goes on', async () => {
  const clock = manualClock();
  const failures: unknown[] = [];
  const stop = every(
    clock,
    1_000,
    () => Promise.reject(new Error('no')),
    (error) => failures.push(error),
  );
  for (let run = 0; run < 2; run += 1) {
    clock.advance(1_000);
    await settled();
  }
  expect(failures).toEqual([new Error('no'), new Error('no')]);
  stop();
});

it('begins nothing after it was stopped, also while a run was under way', async () => {
  const clock = manualClock();
  let end = (): void => {};
  const stop = every(
    clock,
    1_000,
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    () => {},
  );
  clock.advance(1_000);
  stop();
  end();
  await settled();
  expect(clock.pending()).toEqual([]);
});
