import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { problemCatalogue } from '../../../shared/problems/catalogue.ts';
import { problemGuide } from '../../support/problem-guide.ts';

it('docs/problems.md is what the catalogue says; if this fails, run: npm run docs', async () => {
  expect(await readFile(new URL('../../../docs/problems.md', import.meta.url), 'utf8')).toBe(problemGuide());
});

it('docs/problems.md has a row for each code', () => {
  const rows = [...problemGuide().matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, code]) => code);
  expect(rows.sort()).toEqual(Object.keys(problemCatalogue).sort());
});
