import { z } from 'zod';

/**
 * What a person is told when something is wrong: a code to read out on the phone, one plain sentence,
 * its cause, and the next step. Everything that crosses a process boundary as an error has this shape.
 */
export const Problem = z.object({
  /** Stable, lower-case, hyphenated; documented in docs/problems.md. */
  code: z.string().regex(/^[a-z][a-z0-9-]{1,63}$/),
  /** What is filled into the catalogue's sentences, so that they can be told in another language. */
  args: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string()).readonly()])).optional(),
  /** One English sentence, ends with a full stop. */
  message: z.string().min(1).max(500),
  /** What was seen: a file and line, an HTTP status, an errno. Never a secret. */
  cause: z.string().max(1000).optional(),
  /** What to do now. */
  next: z.string().max(500).optional(),
});
export type Problem = z.infer<typeof Problem>;

/** A `Problem` on its way up the stack. Thrown where no caller below the edge can do anything about it. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(`${problem.code}: ${problem.message}${problem.cause ? ` (${problem.cause})` : ''}`, options);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** The outcome of checking something that came from outside: never an exception, so that no caller forgets the bad half. */
export type Result<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failure(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}

/** Any thrown value as a `Problem`: one of ours as it is, anything else as `fallback` with what was thrown as its cause. */
export function asProblem(error: unknown, fallback: Problem): Problem {
  if (error instanceof ProblemError) return error.problem;
  return { ...fallback, cause: (error instanceof Error ? error.message : String(error)).slice(0, 1000) };
}
