import type { Problem } from '../../../shared/problems/problem.ts';
import type { FileProblem } from '../../../shared/schemas/managed-config.ts';

/** 1-based; a column is a UTF-16 code unit, as editors count. A byte order mark is no column. */
export interface Position {
  line: number;
  column: number;
}

export type ParseResult<T> = { ok: true; value: T } | { ok: false; problem: FileProblem };

/** @param position none where the source has no lines, as the registry or a binary file. */
export function problemAt(position: Position | undefined, problem: Problem): FileProblem {
  return { ...problem, ...position };
}

/** Where in a file something is wrong, and what. Without a position the whole file is meant. */
export function positionInWords({ line, column }: Pick<FileProblem, 'line' | 'column'>, fault: string): string {
  return line === undefined ? fault : `line ${line}, column ${column ?? 1}: ${fault}`;
}

/** Leaves a parser from any depth; `parse` turns it into a result. */
export class UnparsableFile extends Error {
  readonly problem: FileProblem;

  constructor(problem: FileProblem) {
    super(problem.code);
    this.problem = problem;
  }
}

/** @param read throws `UnparsableFile` at the first thing that is wrong. */
export function parse<T>(read: () => T): ParseResult<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!(error instanceof UnparsableFile)) throw error;
    return { ok: false, problem: error.problem };
  }
}
