import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { withFailures } from '../../../support/session-failures.ts';

it('docs/session.md shows what the cases of the tests come to; if this fails, run: npm run docs', async () => {
  const guide = await readFile(new URL('../../../../docs/session.md', import.meta.url), 'utf8');
  expect(guide).toContain('| `captive-portal` |');
  expect(guide).toBe(withFailures(guide));
});
