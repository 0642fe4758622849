import type { z } from 'zod';

/** How a value of each type is written. */
const WRITTEN: Record<string, string> = {
  string: 'text in double quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list in square brackets',
  object: 'an object in curly brackets',
  record: 'an object in curly brackets',
};

const FORMS: Record<string, string> = {
  url: 'must be a URL such as https://portcullis.example.com',
  datetime: 'must be a full date and time such as 2026-11-21T14:00:00Z',
};

/** Beginnings of the schema library's own messages. */
const LIBRARY_MESSAGE = /^(Invalid|Too|Unrecognized) /;

/**
 * A fault in a file that somebody wrote by hand, as the end of a sentence whose subject is the value. A message that the schema
 * itself defines is kept.
 */
export function schemaFault(issue: z.core.$ZodIssue): string {
  if (!LIBRARY_MESSAGE.test(issue.message) && issue.message !== 'Invalid input') return lowerFirst(issue.message);
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'is missing';
      return `must be ${WRITTEN[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `must ${bound(issue.origin, 'at least', Number(issue.minimum))}`;
    case 'too_big':
      return `must ${bound(issue.origin, 'at most', Number(issue.maximum))}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'invalid_format':
      if (issue.format === 'starts_with') return `must begin with "${(issue as { prefix?: string }).prefix}"`;
      return FORMS[issue.format] ?? 'has the wrong format';
    case 'unrecognized_keys':
      return `has no setting ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}; check the spelling`;
    default:
      return 'has an unsupported value';
  }
}

/** `dns.engine[0]`, as in the file; empty for the whole. */
export function pathInWords(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function bound(origin: string, which: 'at least' | 'at most', limit: number): string {
  if (origin === 'array') return `have ${which} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  if (origin !== 'string') return `be ${which} ${limit}`;
  return which === 'at least' && limit === 1 ? 'not be empty' : `have ${which} ${limit} characters`;
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
