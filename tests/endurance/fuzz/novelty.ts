import { Session } from 'node:inspector/promises';
import type { Novelty } from './fuzz.ts';

/** Watches which blocks of our own code run (V8's precise coverage); nothing counts as new twice. */
export async function watchCoverage(): Promise<Novelty> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const seen = new Set<string>();
  return async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    let isNew = false;
    for (const { scriptId, url, functions } of result) {
      if (!/\/(main|shared)\//.test(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          // How often counts by its magnitude: a loop that runs ten times may do what it does not in one.
          const block = `${scriptId} ${startOffset} ${endOffset} ${Math.ceil(Math.log2(count + 1))}`;
          if (count === 0 || seen.has(block)) continue;
          seen.add(block);
          isNew = true;
        }
      }
    }
    return isNew;
  };
}
