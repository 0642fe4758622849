import { printable } from './print.ts';

/** What answers sooner needs no word. Milliseconds. */
const SILENCE_MS = 1_000;

/** While the agent proves the restrictions. */
export const CHECKING = 'Checking that the engine is restricted. This can take 20 seconds.';

/** Says on standard error what a command is waiting for, once that has taken a moment: standard output stays the answer's own. */
export async function sayIfSlow<T>(doing: string, work: Promise<T>): Promise<T> {
  const timer = setTimeout(() => process.stderr.write(`${printable(doing)}\n`), SILENCE_MS);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
