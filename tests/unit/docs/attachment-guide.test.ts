import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withPullCases } from '../../support/pull-cases.ts';

it('docs/attachment.md has the table of the tests; if this fails, run: npm run docs', () => {
  const guide = readFileSync(new URL('../../../docs/attachment.md', import.meta.url), 'utf8');
  expect(guide).toContain('| An allowed registry |');
  expect(guide).toBe(withPullCases(guide));
});
