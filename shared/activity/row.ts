import type { SpokenLanguage } from '../messages/languages.ts';
import type { ProblemArgs } from '../problems/row.ts';

/** One thing that can be said of what somebody did, in every language there is. */
export type DetailRow<Args extends ProblemArgs> = {
  /** Realistic values: they give the arguments their types, and the tests their phrases. */
  readonly example: Args;
} & Readonly<Record<SpokenLanguage, (args: Args) => string>>;

/** Lets TypeScript infer the arguments of a row from its example. */
export function row<Args extends ProblemArgs>(texts: DetailRow<Args>): DetailRow<Args> {
  return texts;
}

/** `a, b and 3 more` */
export const listed = {
  en: (names: readonly string[], more: number): string => `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  de: (names: readonly string[], more: number): string =>
    `${names.join(', ')}${more > 0 ? ` und ${more} weitere` : ''}`,
};
