import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Collects this thread's garbage now. Shared memory is given back once no thread has it any more, and a thread that makes hardly any garbage
 * of its own may not collect for hours. The thread does nothing else meanwhile: some milliseconds with a small heap.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    // Node gives no other way to it at run time: https://nodejs.org/api/v8.html#v8setflagsfromstringflags. The flag is the process's, not the
    // thread's, and stays: another thread may be about to do the same.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('globalThis.gc') as (() => void) | undefined;
  }
  collect?.();
}
