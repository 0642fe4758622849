import { describe, expect, it } from 'vitest';
import { spokenLanguages } from '../../../../shared/messages/languages.ts';
import { type ProblemCode, problem, problemCatalogue, problemIn } from '../../../../shared/problems/catalogue.ts';
import { Problem } from '../../../../shared/problems/problem.ts';
import type { ProblemRow } from '../../../../shared/problems/row.ts';

const rows = Object.entries(problemCatalogue) as unknown as [ProblemCode, ProblemRow<Record<string, never>>][];

/** Every argument as a mark that can be found again in whatever it is printed into. */
function marked(example: Readonly<Record<string, unknown>>): { marks: string[]; args: Record<string, never> } {
  const args: Record<string, unknown> = {};
  const marks: string[] = [];
  for (const [name, value] of Object.entries(example)) {
    const mark = typeof value === 'number' ? String(7_000_001 + marks.length) : `<${name}>`;
    marks.push(mark);
    args[name] = typeof value === 'number' ? Number(mark) : Array.isArray(value) ? [mark] : mark;
  }
  return { marks, args: args as Record<string, never> };
}

describe.each(rows)('%s', (code, row) => {
  it('is a problem as it travels, in every language', () => {
    for (const language of spokenLanguages) {
      const { message, next } = row[language];
      Problem.parse({ code, args: row.example, message: message(row.example), next: next?.(row.example) });
      expect(message(row.example)).toMatch(/[.?!]$/);
      expect(`${message(row.example)} ${next?.(row.example)}`).not.toMatch(/\[object |NaN/);
    }
  });

  it('says the same in every language, from the same arguments', () => {
    const { marks, args } = marked(row.example);
    const used = spokenLanguages.map((language) => {
      const { message, next } = row[language];
      const text = `${message(args)} ${next?.(args) ?? ''}`;
      return marks.filter((mark) => text.replaceAll(/(?<=\d)[., {2}](?=\d)/g, '').includes(mark));
    });
    for (const other of used) expect(other).toEqual(used[0]);
    for (const language of spokenLanguages) expect(row[language].next === undefined).toBe(row.en.next === undefined);
  });
});

describe('a problem in another language', () => {
  const english = problem('unexpected', {}, { cause: 'EIO' });

  it('keeps its code and cause', () => {
    expect(problemIn('de', english)).toMatchObject({ code: 'unexpected', cause: 'EIO' });
    expect(problemIn('de', english).message).not.toBe(english.message);
  });

  it('stays as it is where another version worded it, or has a code that we do not know', () => {
    const older = { ...english, message: 'Something else.' };
    expect(problemIn('de', older)).toBe(older);
    const newer = { ...english, code: 'from-the-future' };
    expect(problemIn('de', newer)).toBe(newer);
  });
});
