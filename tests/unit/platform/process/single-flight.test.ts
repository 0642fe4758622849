import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createSingleFlight } from '../../../../main/platform/process/single-flight.ts';

/** Runs that end when told to, each with its number. */
function countedRuns() {
  const runs: PromiseWithResolvers<number>[] = [];
  const flight = createSingleFlight(() => {
    const run = Promise.withResolvers<number>();
    runs.push(run);
    return run.promise;
  });
  const end = (index: number): void => runs[index]?.resolve(index);
  const fail = (index: number): void => runs[index]?.reject(new Error(`run ${index}`));
  return { flight, end, fail, started: () => runs.length };
}

it('shares the run that is under way, which begins at once', async () => {
  const { flight, end, started } = countedRuns();
  const both = Promise.all([flight.join(), flight.join()]);
  expect(started()).toBe(1);
  expect(flight.isRunning()).toBe(true);
  end(0);
  expect(await both).toEqual([0, 0]);
  expect(flight.isRunning()).toBe(false);
});

it('starts anew for whoever joins after a run has ended', async () => {
  const { flight, end } = countedRuns();
  const first = flight.join();
  end(0);
  await first;
  const second = flight.join();
  end(1);
  expect(await second).toBe(1);
});

it('runs once more for all who ask again during one run', async () => {
  const { flight, end, started } = countedRuns();
  const first = flight.again();
  const later = Promise.all([flight.again(), flight.again()]);
  expect(started()).toBe(1);
  end(0);
  expect(await first).toBe(0);
  await setImmediate();
  expect(started()).toBe(2);
  end(1);
  expect(await later).toEqual([1, 1]);
  expect(started()).toBe(2);
});

it('runs again after a run that failed, and fails only those who shared it', async () => {
  const { flight, end, fail } = countedRuns();
  const first = flight.join();
  const second = flight.again();
  fail(0);
  await expect(first).rejects.toThrow('run 0');
  end(1);
  expect(await second).toBe(1);
});

it('runs a third time for whoever asks again during the second', async () => {
  const { flight, end, started } = countedRuns();
  const first = flight.join();
  const second = flight.again();
  end(0);
  await first;
  await setImmediate();
  const third = flight.again();
  end(1);
  expect(await second).toBe(1);
  await setImmediate();
  end(2);
  expect(await third).toBe(2);
  expect(started()).toBe(3);
});

it('shares the run that somebody else started right after the one under way', async () => {
  const { flight, end, started } = countedRuns();
  // Registered before `again`, so that this one starts the second run.
  const restarted = flight.join().then(() => flight.join());
  const second = flight.again();
  end(0);
  await setImmediate();
  end(1);
  expect(await Promise.all([restarted, second])).toEqual([1, 1]);
  expect(started()).toBe(2);
});

it('turns what `run` throws into a rejection', async () => {
  const flight = createSingleFlight((): Promise<void> => {
    throw new Error('at once');
  });
  await expect(flight.join()).rejects.toThrow('at once');
  expect(flight.isRunning()).toBe(false);
});
