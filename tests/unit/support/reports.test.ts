import { describe, expect, it } from 'vitest';
import { readPlaywright, readVitest } from '../../setup/reports.ts';

describe('the report of a test runner', () => {
  it('names the failed tests and the files that could not be loaded (Vitest)', () => {
    const report = {
      ...{ numPassedTests: 1, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 },
      testResults: [
        {
          name: '/project/tests/gate.test.ts',
          message: '',
          assertionResults: [
            {
              fullName: 'a gate is closed',
              status: 'failed',
              failureMessages: ["Error: expected 'open'\n    at gate.ts"],
            },
            { fullName: 'a gate is there', status: 'passed', failureMessages: [] },
          ],
        },
        { name: '/project/tests/none.test.ts', message: "Cannot find module './none.ts'", assertionResults: [] },
      ],
    };
    expect(readVitest(report)).toEqual({
      ...{ passed: 1, failed: 1, skipped: 3 },
      failures: [
        "/project/tests/gate.test.ts › a gate is closed › Error: expected 'open' | at gate.ts",
        "/project/tests/none.test.ts › Cannot find module './none.ts'",
      ],
    });
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
