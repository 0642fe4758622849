import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { toldProblems } from '../../support/problem-guide.ts';

const problems = toldProblems();

it('every problem that can be told of says something', () => {
  expect(problems.length).toBeGreaterThan(150);
  expect(problems.filter(({ sentences }) => sentences.length === 0).map(({ code, files }) => [code, files])).toEqual(
    [],
  );
});

it('docs/problems.md has a row for each code and for no other; if this fails, run: npm run docs', async () => {
  const guide = await readFile(new URL('../../../docs/problems.md', import.meta.url), 'utf8');
  const rows = [...guide.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, code]) => code);
  expect(rows.sort()).toEqual(problems.map(({ code }) => code).sort());
});
