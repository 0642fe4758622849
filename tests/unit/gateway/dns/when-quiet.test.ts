import { expect, it } from 'vitest';
import { createWhenQuiet } from '../../../../main/gateway/dns/when-quiet.ts';
import { manualClock } from '../../../support/manual-clock.ts';

function waiting() {
  const clock = manualClock();
  const world = { asked: 0, runs: 0 };
  const quiet = createWhenQuiet(
    clock,
    () => world.asked,
    () => {
      world.runs += 1;
    },
  );
  return { clock, world, quiet };
}

it('waits as long as questions come', () => {
  const { clock, world, quiet } = waiting();
  quiet.want();
  for (let look = 0; look < 100; look += 1) {
    world.asked += 51;
    clock.advance(5000);
  }
  expect(world.runs).toBe(0);
  world.asked += 50;
  clock.advance(5000);
  expect(world.runs).toBe(1);
});

it('runs once, however often it was wanted, and has no timer before and after', () => {
  const { clock, world, quiet } = waiting();
  expect(clock.pending()).toEqual([]);
  quiet.want();
  quiet.want();
  expect(clock.pending()).toEqual([5000]);
  clock.advance(60_000);
  expect(world.runs).toBe(1);
  expect(clock.pending()).toEqual([]);
  quiet.want();
  clock.advance(5000);
  expect(world.runs).toBe(2);
});

it('runs no more once it is closed', () => {
  const { clock, world, quiet } = waiting();
  quiet.want();
  quiet.close();
  clock.advance(60_000);
  expect(world.runs).toBe(0);
});
