import { createInterface } from 'node:readline/promises';
import { addressNotices } from '../../shared/hosts/address-notices.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import { printable } from './print.ts';

/**
 * Says on standard error what the addresses as they were written come to, and asks before something is saved that may not be meant.
 *
 * @param applies which notices matter for what is done
 * @param yes for scripts: says it, and goes on.
 * @throws ProblemError `addresses-unconfirmed` where nobody is there to ask, or the answer is no.
 */
export async function confirmNotices(
  texts: readonly string[],
  { yes, applies = () => true }: { yes: boolean; applies?: (code: string) => boolean },
): Promise<void> {
  const notices = texts.flatMap(addressNotices).filter(({ problem: { code } }) => applies(code));
  for (const { problem: notice } of notices) process.stderr.write(`${printable(`note: ${problemText(notice)}`)}\n`);
  if (yes || notices.every(({ confirm }) => !confirm)) return;
  if (!(process.stdin.isTTY && process.stderr.isTTY && (await askYes()))) {
    throw new ProblemError(problem('addresses-unconfirmed'));
  }
}

async function askYes(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await terminal.question('Continue anyway? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}
