import type { Words } from './words.ts';

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
  { language, state }: Pick<Words, 'language' | 'state'>,
): string {
  const shown = names.length > MOST ? [...names.slice(0, MOST), state.more(names.length - MOST)] : names;
  return new Intl.ListFormat(language, { type }).format(shown);
}
