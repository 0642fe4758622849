import { problem } from '../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../shared/problems/problem.ts';

/** Any failure as a problem. */
export function unexpected(error: unknown): Problem {
  return asProblem(error, problem('unexpected'));
}
