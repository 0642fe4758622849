import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { watchGrants } from '../../../../main/gateway/policy/grant-watch.ts';
import { createTimeMemory, sharedTime, shareTime, steadyClock } from '../../../../main/gateway/policy/shared-time.ts';
import { createTrustedClock } from '../../../../main/gateway/policy/trusted-clock.ts';
import { systemClock } from '../../../../main/platform/time/clock.ts';
import { compileGrants } from '../../../../shared/rule-set/compile-grants.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const START = 1_800_000_000;

it('goes on while the thread that shared it does nothing, and no clock that is set back holds it', () => {
  const clock = manualClock(START * 1000);
  const memory = createTimeMemory();
  shareTime(memory, { mark: START * 1000, spent: 0 }, clock, clock.monotonic);
  const now = sharedTime(memory, clock, clock.monotonic);
  clock.set((START - 5000) * 1000);
  expect(now()).toBe(START);
  clock.advance(60_000);
  expect(now()).toBe(START + 60);
  clock.sleep(3_600_000);
  expect(now()).toBe(START + 3660);
  clock.set((START + 9000) * 1000);
  expect(now()).toBe(START + 9000);
});

it('is never before what has been found expired for good', () => {
  const clock = manualClock(START * 1000);
  const memory = createTimeMemory();
  shareTime(memory, { mark: START * 1000, spent: (START + 777) * 1000 }, clock, clock.monotonic);
  expect(sharedTime(memory, clock, clock.monotonic)()).toBe(START + 777);
});

it('is the same in another thread, whose own clock began later', async () => {
  const memory = createTimeMemory();
  const ahead = Math.floor(Date.now() / 1000) + 100_000;
  shareTime(memory, { mark: ahead * 1000, spent: 0 }, systemClock);
  const url = (path: string): string => new URL(`../../../../main/${path}`, import.meta.url).href;
  const worker = new Worker(
    `const { workerData, parentPort } = require('node:worker_threads');
     Promise.all([import(${JSON.stringify(url('gateway/policy/shared-time.ts'))}), import(${JSON.stringify(url('platform/time/clock.ts'))})])
       .then(([{ sharedTime }, { systemClock }]) => parentPort.postMessage(sharedTime(workerData, systemClock)()));`,
    { eval: true, workerData: memory },
  );
  const seen = await new Promise<number>((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
  });
  await worker.terminate();
  expect(seen).toBeGreaterThanOrEqual(ahead);
  expect(seen).toBeLessThanOrEqual(sharedTime(memory, systemClock)() + 1);
  expect(steadyClock()).toBeGreaterThan(0);
});

it('what is under way hears of an end within a second, and nobody looks where there are no grants', () => {
  const clock = manualClock(START * 1000);
  let grants = compileGrants([{ address: 'gcr.io', until: START + 10 }], null, 1) ?? undefined;
  let ended = 0;
  const watch = watchGrants({
    clock,
    now: () => Math.floor(clock.wall() / 1000),
    grants: () => grants,
    onEnd: () => {
      ended += 1;
    },
  });
  watch.follow();
  clock.advance(9_000);
  expect(ended).toBe(0);
  clock.advance(1_000);
  expect(ended).toBe(1);
  // It is set back, and the time comes again.
  clock.set((START + 5) * 1000);
  clock.advance(7_000);
  expect(ended).toBe(2);
  grants = undefined;
  clock.advance(2_000);
  expect(clock.pending()).toEqual([]);
  watch.close();
});

it('a grant that was over for five minutes stays over; one that outlasts the document is left to the document', () => {
  const clock = manualClock(START * 1000);
  const trusted = createTrustedClock(clock, { mark: START, spent: 0 });
  const document = START + 72 * 3600;
  const ends = [START + 3600, START + 7200, START + 300 * 86_400];
  const look = (): boolean => trusted.observe(document, ends);
  // A day ahead, for less than five minutes.
  clock.set((START + 86_400) * 1000);
  expect(look()).toBe(false);
  clock.advance(4 * 60_000);
  expect(look()).toBe(false);
  clock.set((START + 240) * 1000);
  expect(look()).toBe(false);
  expect(trusted.now()).toBe(START + 240);
  // A year ahead, for five: what ended by then within the life of the document is over, and what lasts longer is not.
  clock.set((START + 365 * 86_400) * 1000);
  expect(look()).toBe(false);
  clock.advance(5 * 60_000);
  expect(look()).toBe(true);
  clock.set((START + 600) * 1000);
  expect(trusted.now()).toBe(document);
});

it('of the grants that were over for five minutes, only those stay over that were so all the time', () => {
  const clock = manualClock(START * 1000);
  const trusted = createTrustedClock(clock, { mark: START, spent: 0 });
  const ends = [START + 3600, START + 7200];
  const look = (): boolean => trusted.observe(START + 72 * 3600, ends);
  clock.set((START + 8000) * 1000);
  look();
  clock.set((START + 4000) * 1000);
  look();
  clock.advance(5 * 60_000);
  expect(look()).toBe(true);
  clock.set(START * 1000);
  expect(trusted.now()).toBe(START + 3600);
});
