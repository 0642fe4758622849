import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { collectGarbage } from '../../../../main/platform/process/collect-garbage.ts';

const MODULE = new URL('../../../../main/platform/process/collect-garbage.ts', import.meta.url).href;

/** Collects on a thread. @returns whether what was garbage there is gone */
const onThread = (): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const code = `
      import { parentPort } from 'node:worker_threads';
      import { collectGarbage } from ${JSON.stringify(MODULE)};
      const garbage = new WeakRef({});
      await new Promise((done) => setTimeout(done));
      collectGarbage();
      parentPort.postMessage(garbage.deref() === undefined);`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
    worker.once('message', resolve).once('error', reject);
  });

it('collects what is garbage, in this thread and in several at the same moment', async () => {
  const garbage = new WeakRef({});
  // What a WeakRef names is kept to the end of the job that made it.
  await new Promise((done) => setTimeout(done));
  collectGarbage();
  expect(garbage.deref()).toBeUndefined();
  expect(await Promise.all(Array.from({ length: 8 }, onThread))).toEqual(Array(8).fill(true));
});
