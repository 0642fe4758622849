import type { StateMessages } from './en/state.ts';

/** Whoever has more of them than this looks into the file, or asks. */
const MOST = 5;

/**
 * Names as a sentence takes them: `acme or globex`, `acme, globex, and initech`.
 *
 * @param type whether any of them will do, or all are meant.
 */
export function nameList(
  names: readonly string[],
  type: 'disjunction' | 'conjunction',
  { locale, more }: Pick<StateMessages, 'locale' | 'more'>,
): string {
  const shown = names.length > MOST ? [...names.slice(0, MOST), more(names.length - MOST)] : names;
  return new Intl.ListFormat(locale, { type }).format(shown);
}
