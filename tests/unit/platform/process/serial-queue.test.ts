import { expect, it } from 'vitest';
import { createSerialQueue } from '../../../../main/platform/process/serial-queue.ts';

it('runs one task at a time, in the order given', async () => {
  const queue = createSerialQueue();
  const events: string[] = [];
  const first = Promise.withResolvers<void>();
  const results = Promise.all([
    queue(async () => {
      events.push('first begins');
      await first.promise;
      events.push('first ends');
      return 1;
    }),
    queue(() => {
      events.push('second');
      return 2;
    }),
  ]);
  await Promise.resolve();
  expect(events).toEqual(['first begins']);
  first.resolve();
  expect(await results).toEqual([1, 2]);
  expect(events).toEqual(['first begins', 'first ends', 'second']);
});

it('hands a failure to its own caller, and runs what is behind it', async () => {
  const queue = createSerialQueue();
  const thrown = queue(() => {
    throw new Error('first');
  });
  const rejected = queue(() => Promise.reject(new Error('second')));
  const fine = queue(() => 3);
  await expect(thrown).rejects.toThrow('first');
  await expect(rejected).rejects.toThrow('second');
  expect(await fine).toBe(3);
});
