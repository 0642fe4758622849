import type { Problem } from './problem.ts';

/** Sentence, cause, next step and code, in this order, wherever a problem stands in a line of text. */
export function problemText({ message, cause, next, code }: Problem): string {
  return [message, cause && `(${cause})`, next, `[${code}]`].filter(Boolean).join(' ');
}

/** One line for a terminal: what is wrong, why, what to do, and the code by which docs/problems.md can be searched. */
export function problemLine(problem: Problem): string {
  return `portcullis: ${problemText(problem)}`.replaceAll(/\s*\n\s*/g, ' ');
}
