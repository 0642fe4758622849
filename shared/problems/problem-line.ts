import type { FileProblem } from '../schemas/managed-config.ts';
import type { Problem } from './problem.ts';

/** Sentence, cause, next step and code, in this order, wherever a problem stands in a line of text. */
export function problemText({ message, cause, next, code }: Problem): string {
  return [message, cause && `(${cause})`, next, `[${code}]`].filter(Boolean).join(' ');
}

/** A problem in a file: where to open the editor, unless the message names the file, then as `problemText`. */
export function fileProblemText({ file, line, column, ...problem }: FileProblem): string {
  const where = [
    file !== undefined && (line !== undefined || !problem.message.includes(file)) && file,
    line !== undefined && `line ${line}`,
    column !== undefined && `column ${column}`,
  ].filter(Boolean);
  return where.length === 0 ? problemText(problem) : `${where.join(', ')}: ${problemText(problem)}`;
}

/** One line for a terminal: what is wrong, why, what to do, and the code by which docs/problems.md can be searched. */
export function problemLine(problem: Problem): string {
  return `portcullis: ${problemText(problem)}`.replaceAll(/\s*\n\s*/g, ' ');
}
