import { once } from 'node:events';
import { expect, it } from 'vitest';
import { runWorkerOnce } from '../../../../main/platform/process/run-worker-once.ts';

const script = (code: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort, workerData } from 'node:worker_threads';\n${code}`)}`,
  );

it('returns the message of the thread, and has ended it even where it would go on', async () => {
  const started = once(process, 'worker');
  const code = 'parentPort.postMessage(workerData * 2); setInterval(() => {}, 1000);';
  expect(await runWorkerOnce<number>(script(code), 21, 'double')).toBe(42);
  const [worker] = await started;
  // Node gives this id to a thread that has ended.
  expect(worker.threadId).toBe(-1);
});

it('rejects with the error of the thread', async () => {
  await expect(runWorkerOnce(script("throw new Error('no memory')"), null, 'failing')).rejects.toThrow('no memory');
});

it('rejects where the thread ends without a message', async () => {
  await expect(runWorkerOnce(script('process.exit(7)'), null, 'silent')).rejects.toThrow(
    'the thread silent ended with code 7 and no result',
  );
});
