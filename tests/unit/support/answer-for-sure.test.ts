import type { ElectronApplication } from '@playwright/test';
import { expect, test } from 'vitest';
import { answerForSure } from '../../support/electron/answer-for-sure.ts';

const LOST = 'electronApplication.evaluate: Resulting promise was garbage collected.';

/** Electron's main process, whose answers are lost as often as said. */
function losing(answers: number, why = LOST): ElectronApplication {
  let left = answers;
  return {
    async evaluate(run: (electron: unknown, arg: unknown) => unknown, arg: unknown) {
      const answer = run({ name: 'electron' }, arg);
      left -= 1;
      if (left >= 0) throw new Error(why);
      return answer;
    },
  } as unknown as ElectronApplication;
}

test('an answer that was collected is asked for again, and what is asked runs once', async () => {
  const app = answerForSure(losing(2));
  const count = (): number => {
    const counting = globalThis as typeof globalThis & { timesInTest?: number };
    counting.timesInTest = (counting.timesInTest ?? 0) + 1;
    return counting.timesInTest;
  };
  expect(await app.evaluate(count)).toBe(1);
  expect(await app.evaluate(count)).toBe(2);
});

test('what is asked gets Electron and its argument, and may take its time', async () => {
  const app = answerForSure(losing(1));
  const told = await app.evaluate((electron, word) => Promise.resolve(`${word} ${JSON.stringify(electron)}`), 'from');
  expect(told).toBe('from {"name":"electron"}');
});

test('it gives up where answers stay away, and at once where another thing is wrong', async () => {
  await expect(answerForSure(losing(Number.POSITIVE_INFINITY)).evaluate(() => 1)).rejects.toThrow(LOST);
  const gone = answerForSure(losing(1, 'Target page, context or browser has been closed'));
  await expect(gone.evaluate(() => 1)).rejects.toThrow('closed');
  expect(await gone.evaluate(() => 2)).toBe(2);
});
