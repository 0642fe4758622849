import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pathInWords, schemaFault } from '../../../../main/platform/fs/schema-fault.ts';

function faultOf(schema: z.ZodType, value: unknown): string {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  return issue === undefined ? 'none' : schemaFault(issue);
}

describe('a fault in a file that somebody wrote by hand', () => {
  it.each<[string, z.ZodType, unknown, string]>([
    ['is left out', z.object({ a: z.string() }), {}, 'is missing'],
    ['is a number where text belongs', z.string(), 7, 'must be text in double quotes'],
    ['is text where a number belongs', z.number(), '7', 'must be a number'],
    ['is a fraction', z.int(), 7.5, 'must be a whole number'],
    ['is one text instead of a list', z.array(z.string()), 'a', 'must be a list in square brackets'],
    ['is an empty list', z.array(z.string()).min(1), [], 'must have at least 1 entry'],
    ['is an empty text', z.string().min(1), '', 'must not be empty'],
    ['is too small', z.number().min(1), 0, 'must be at least 1'],
    ['is too large', z.number().max(1440), 1441, 'must be at most 1440'],
    ['is not a URL', z.url(), 'portcullis', 'must be a URL such as https://portcullis.example.com'],
    ['is not a time', z.iso.datetime(), 'today', 'must be a full date and time such as 2026-11-21T14:00:00Z'],
    ['begins otherwise', z.string().startsWith('/'), 'groups', 'must begin with "/"'],
    ['is none of a few', z.enum(['x', 'y']), 'z', 'must be "x" or "y"'],
    ['is misspelt', z.strictObject({}), { stateDirectory: 1 }, 'has no setting "stateDirectory"; check the spelling'],
    ['fits no form', z.union([z.literal('system'), z.strictObject({})]), 'x', 'has an unsupported value'],
    ['has words of its own', z.string().refine(() => false, 'Must be said otherwise'), 'x', 'must be said otherwise'],
  ])('that %s', (_what, schema, value, said) => {
    expect(faultOf(schema, value)).toBe(said);
  });

  it('is named by the way to it', () => {
    expect(pathInWords(['policyKeys', 'keys', 0, 'kid'])).toBe('policyKeys.keys[0].kid');
  });
});
