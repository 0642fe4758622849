import type { SpokenLanguage } from '../messages/languages.ts';

/** What is filled into a problem's sentences: names, counts and lists of names. Never a secret. */
export type ProblemArg = string | number | readonly string[];
export type ProblemArgs = Readonly<Record<string, ProblemArg>>;

export interface ProblemTexts<Args> {
  /** One sentence, ends with a full stop. */
  readonly message: (args: Args) => string;
  /** What the reader can do now; left out where there is nothing. */
  readonly next?: (args: Args) => string;
}

/** One problem a person can be told of, in every language there is. */
export type ProblemRow<Args extends ProblemArgs> = {
  /** Realistic values: they give the arguments their types, and docs/problems.md and the tests their sentences. */
  readonly example: Args;
} & Readonly<Record<SpokenLanguage, ProblemTexts<Args>>>;

/** Lets TypeScript infer the arguments of a row from its example. */
export function row<Args extends ProblemArgs>(texts: ProblemRow<Args>): ProblemRow<Args> {
  return texts;
}
