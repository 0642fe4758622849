import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const FILES: Record<string, string> = {
  unit: 'tests/unit/shell/hardening.test.ts',
  built: 'tests/contract/shell/built.test.ts',
  bridge: 'tests/e2e/bridge.spec.ts',
  package: 'tests/package/electron-builder.test.ts',
  electron: 'tests/e2e/electron.spec.ts',
};

const guide = readFileSync(join(root, 'docs', 'security.md'), 'utf8');
const section = guide.slice(guide.indexOf('## The window of the tray'));
const rows = [...section.matchAll(/^\| ([\d, ]+) .*\| (.*) \|$/gm)].map(([, numbers = '', tests = '']) => ({
  numbers: numbers.split(',').map(Number),
  tests,
}));

it('the guide speaks of each point of the checklist once', () => {
  expect(rows.flatMap(({ numbers }) => numbers).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
});

it('and names tests for it that there are', () => {
  for (const { numbers, tests } of rows) {
    const named = tests.split(';').flatMap((part) => {
      const [, file = ''] = /`(\w+)`/.exec(part) ?? [];
      return [...part.matchAll(/"([^"]+)"/g)].map(([, title = '']) => ({ file, title }));
    });
    expect([numbers, named.length]).not.toEqual([numbers, 0]);
    for (const { file, title } of named) {
      const source = readFileSync(join(root, FILES[file] ?? ''), 'utf8');
      expect([title, source.includes(`'${title}`)]).toEqual([title, true]);
    }
  }
});
