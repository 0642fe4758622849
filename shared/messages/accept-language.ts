import { type SpokenLanguage, spokenLanguages } from './languages.ts';

/**
 * The language to answer a browser in: of those that there are, the one it likes best; English where it names none of them.
 *
 * @param header `Accept-Language` (RFC 9110 section 12.5.4)
 */
export function languageFor(header: string | undefined): SpokenLanguage {
  const ranges = (header ?? '')
    .slice(0, MAX_HEADER)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
      return { subtag: tag.split('-', 1)[0], weight: Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight);
  for (const { subtag } of ranges) {
    const spoken = spokenLanguages.find((language) => language === subtag);
    if (spoken !== undefined) return spoken;
  }
  return 'en';
}

/** Browsers send a hundred characters. */
const MAX_HEADER = 1000;
