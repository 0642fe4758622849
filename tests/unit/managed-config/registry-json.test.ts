import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRegistryJson } from '../../../main/managed-config/registry-json.ts';
import { parseStrictJson } from '../../../main/platform/fs/strict-json.ts';
import { bytesOf, expected, stated } from './content-case.ts';
import { registryJsonCases } from './registry-json.cases.ts';

describe('registry.json', () => {
  it.each(registryJsonCases.map((one) => [one.title, one] as const))('with %s', (_title, one) => {
    const content = parseRegistryJson(bytesOf(one));
    expect(stated(content)).toEqual(expected(one));
    for (const { message } of content.problems) expect(message).toMatch(/^[^\n\0]{10,300}$/);
  });

  it('is never present by accident: what JSON itself or the rule refuses is malformed', () => {
    const almost = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .array(
          fc.constantFrom(
            '{',
            '}',
            '[',
            ']',
            ',',
            ':',
            '"allowedOrgs"',
            '"acme"',
            ' ',
            '\n',
            '1',
            'null',
            '//',
            '"',
            '\\',
            '\0',
          ),
        )
        .map((parts) => parts.join('')),
      fc.record({ allowedOrgs: fc.jsonValue() }).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(almost, (text) => {
        const content = parseRegistryJson(Buffer.from(text));
        if (content.verdict !== 'present') {
          expect(content.problems.length).toBeGreaterThan(0);
          return;
        }
        const value = JSON.parse(text.replace(/^\ufeff/, ''));
        expect(content.value.length).toBeGreaterThan(0);
        expect([...new Set(value.allowedOrgs)]).toEqual(content.value);
        for (const name of content.value) expect(name).toMatch(/^[^\s,\p{Cc}]+$/u);
      }),
    );
  });
});

describe('strict JSON', () => {
  it('accepts what JSON.parse accepts, but for keys that stand twice and deep nesting', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"b"',
      '"__proto__"',
      '1',
      '-0',
      '1e9',
      '01',
      'true',
      'null',
      ' ',
      '\t',
      '/**/',
      '\u00a0',
    );
    const texts = fc.oneof(
      fc.json(),
      fc.array(token, { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const ours = parseStrictJson(Buffer.from(text));
        let theirs: unknown;
        try {
          theirs = JSON.parse(text);
        } catch {
          expect(ours.ok).toBe(false);
          return;
        }
        if (ours.ok) expect(ours.value.value).toEqual(theirs);
        else expect(['key-twice', 'json-too-deep']).toContain(ours.problem.code);
      }),
      { numRuns: 1000 },
    );
  });

  it('finds the bad byte of a file that is not UTF-8, whatever stands before it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom([0xff], [0xc3, 0x28], [0xe2, 0x82], [0xed, 0xa0, 0x80]),
        (text, bad) => {
          const before = `{"${text}`;
          const parsed = parseStrictJson(Buffer.concat([Buffer.from(before), Buffer.from(bad)]));
          const lines = before.split(/\r\n|\r|\n/);
          expect(parsed).toMatchObject({
            ok: false,
            problem: { code: 'not-utf8', line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 },
          });
        },
      ),
    );
  });
});
