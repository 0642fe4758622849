import type { Problem } from '../../../shared/problems/problem.ts';

/** One thing that is wrong with the settings sent. */
export interface Fault {
  /** JSON pointer (RFC 6901). */
  pointer: string;
  problem: Problem;
}
