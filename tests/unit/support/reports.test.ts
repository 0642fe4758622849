import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../main/platform/process/run-command.ts';
import { Counts, readPlaywright } from '../../setup/reports.ts';

describe('the report of a test runner', () => {
  it('names the failed tests, the groups that could not begin or end, and the files that could not be loaded (Vitest)', async () => {
    await using cleanup = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-reports-'));
    cleanup.defer(() => rm(folder, { recursive: true }));
    const files = {
      'vitest.config.mjs': 'export default { test: { globals: true, include: ["*.test.mjs"] } };',
      'gate.test.mjs': `
        describe('a gate', () => {
          it('is there', () => {});
          it('is closed', () => expect('open').toBe('closed'));
          it.skip('is painted', () => {});
        });
        describe('a wall', () => {
          beforeAll(() => { throw new Error('no stones'); });
          it('stands', () => {});
          it('is high', () => {});
        });
        describe('a moat', () => {
          afterAll(() => { throw new Error('a leak'); });
          it('is full', () => {});
        });`,
      'none.test.mjs': "import './none.mjs';",
      'later.test.mjs': "it('ends', () => void Promise.reject(new Error('nobody waits for it')));",
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const counts = join(folder, 'counts.json');
    const project = join(import.meta.dirname, '../../..');
    const vitest = join(project, 'node_modules/vitest/vitest.mjs');
    const reporter = join(project, 'tests/setup/counts-reporter.ts');
    await runCommand([process.execPath, vitest, 'run', '--root', folder, `--reporter=${reporter}`], {
      timeout: 120_000,
      env: { ...process.env, PORTCULLIS_COUNTS_FILE: counts },
    });
    const { failures, ...rest } = Counts.parse(JSON.parse(await readFile(counts, 'utf8')));
    expect(rest).toEqual({ passed: 3, failed: 5, skipped: 3 });
    expect(failures.map((failure) => failure.replace(`${folder}/`, ''))).toEqual([
      'nobody waits for it',
      'gate.test.mjs › a wall › no stones',
      'gate.test.mjs › a moat › a leak',
      expect.stringMatching(/^none\.test\.mjs › .*none\.mjs/),
      "gate.test.mjs › a gate > is closed › expected 'open' to be 'closed' // Object.is equality",
    ]);
  });

  it('names the failed tests, flaky ones too, without colours (Playwright)', () => {
    const location = { file: '/project/tests/gate.spec.ts', line: 7, column: 3 };
    const spec = (title: string, status: string, ...messages: string[]) => ({
      ...{ title, file: 'gate.spec.ts' },
      tests: [
        {
          status,
          results: [
            { errors: messages.map((message, index) => ({ message, ...(index === 0 ? {} : { location }) })) },
            { errors: [] },
          ],
        },
      ],
    });
    const report = {
      stats: { expected: 1, unexpected: 1, flaky: 1, skipped: 0 },
      errors: [{ message: 'Error: the server did not start' }],
      suites: [
        {
          specs: [spec('is there', 'expected')],
          suites: [
            {
              specs: [
                spec('is closed', 'unexpected', '\u001b[31mError: expected\u001b[39m\n\nReceived: "open"'),
                spec('opens', 'flaky', 'Test timeout exceeded.', 'Error: locator.click: Test timeout exceeded.'),
              ],
            },
          ],
        },
      ],
    };
    expect(readPlaywright(report)).toEqual({
      ...{ passed: 1, failed: 2, skipped: 0 },
      failures: [
        'Error: the server did not start',
        'gate.spec.ts › is closed › Error: expected | Received: "open"',
        'gate.spec.ts › opens › Test timeout exceeded. | at gate.spec.ts:7 | Error: locator.click: Test timeout exceeded.',
      ],
    });
  });
});
