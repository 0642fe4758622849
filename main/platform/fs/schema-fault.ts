import type { z } from 'zod';

/** What a person writes for a value of each type. */
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
  url: 'must be a web address, as in https://portcullis.example.com',
  datetime: 'must be a time in full, as in 2026-11-21T14:00:00Z',
};

/** How the schema's library begins where a schema has no words of its own. */
const OF_THE_LIBRARY = /^(Invalid|Too|Unrecognized) /;

/**
 * One fault of a file that somebody wrote by hand, in the words of whoever mends it: the end of a sentence whose subject is the value.
 * A message of the schema itself is kept.
 */
export function schemaFault(issue: z.core.$ZodIssue): string {
  if (!OF_THE_LIBRARY.test(issue.message) && issue.message !== 'Invalid input') return lowerFirst(issue.message);
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
      return FORMS[issue.format] ?? 'is not written as it has to be';
    case 'unrecognized_keys':
      return `has no setting ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}; is it spelled right?`;
    default:
      return 'is none of what may stand here';
  }
}

/** `dns.engine[0]`, as somebody would look for it in the file; empty for the whole. */
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
