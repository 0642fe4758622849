import { expect, it } from 'vitest';
import { createHealth } from '../../../../main/hub/operator/health.ts';

it('writes at each question, but at most every five seconds, and says what the database says', async () => {
  let now = 0;
  let writes = 0;
  let fault: Error | null = null;
  const set = async (): Promise<void> => {
    writes += 1;
    if (fault !== null) throw fault;
  };
  const check = createHealth({ set }, () => now);
  expect(await check()).toBeNull();
  fault = new Error('database or disk is full');
  now = 4999;
  expect(await check()).toBeNull();
  expect(writes).toBe(1);
  now = 5000;
  expect(await check()).toBe(fault);
  expect(await check()).toBe(fault);
  expect(writes).toBe(2);
  fault = null;
  now = 10_000;
  expect(await check()).toBeNull();
});
