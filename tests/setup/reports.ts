import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/** What a test runner's report says. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** Each failed test: its file, its name and what it said first, in one line. */
  failures: string[];
}

const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      /** Why the file as a whole failed, where it did. */
      message: z.string(),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});

/** Vitest's `json` reporter. */
export function readVitest(report: unknown): Counts {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = VitestReport.parse(report);
  return {
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests + numTodoTests,
    failures: testResults.flatMap(({ name, message, assertionResults }) => [
      ...(message === '' ? [] : [failure(name, '', message)]),
      ...assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => failure(name, fullName, failureMessages?.[0] ?? '')),
    ]),
  };
}

const PlaywrightSpec = z.object({
  title: z.string(),
  file: z.string(),
  tests: z.array(
    z.object({
      status: z.string(),
      results: z.array(
        z.object({
          errors: z.array(
            z.object({
              message: z.string().optional(),
              location: z.object({ file: z.string(), line: z.number() }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});
type PlaywrightSuite = { specs: z.infer<typeof PlaywrightSpec>[]; suites?: PlaywrightSuite[] | undefined };
const PlaywrightSuite: z.ZodType<PlaywrightSuite> = z.lazy(() =>
  z.object({ specs: z.array(PlaywrightSpec), suites: z.array(PlaywrightSuite).optional() }),
);
const PlaywrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  suites: z.array(PlaywrightSuite),
  /** Failures outside of any test: a file that cannot be loaded, a server that does not start. */
  errors: z.array(z.object({ message: z.string().optional() })),
});

/** Playwright's `json` reporter. A test that passed only when it was tried again has failed. */
export function readPlaywright(report: unknown): Counts {
  const { stats, suites, errors } = PlaywrightReport.parse(report);
  const specs = (suite: PlaywrightSuite): z.infer<typeof PlaywrightSpec>[] => [
    ...suite.specs,
    ...(suite.suites ?? []).flatMap(specs),
  ];
  const failed = suites
    .flatMap(specs)
    .filter(({ tests }) => tests.some(({ status }) => status === 'unexpected' || status === 'flaky'));
  return {
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
    failures: [
      ...errors.map(({ message }) => failure('', '', message ?? '')),
      ...failed.map(({ file, title, tests }) => {
        // A time-out says only in its second error where it was.
        const said = tests.flatMap(({ results }) => results).find(({ errors }) => errors.length > 0)?.errors ?? [];
        const lines = said.map(({ message = '', location }) =>
          location === undefined ? message : `at ${basename(location.file)}:${location.line}\n${message}`,
        );
        return failure(file, title, lines.join('\n'));
      }),
    ],
  };
}

/** The first lines, because the runner's own output, far above, has the rest. */
function failure(file: string, name: string, message: string): string {
  const said = stripVTControlCharacters(message)
    .split('\n')
    .map((line) => line.trim());
  const first = said
    .filter((line) => line !== '')
    .slice(0, 6)
    .join(' | ')
    .slice(0, 600);
  return [file, name, first].filter((part) => part !== '').join(' › ');
}

export function describeCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

export function addUp(total: Counts, counts: Counts): void {
  for (const kind of ['passed', 'failed', 'skipped'] as const) total[kind] += counts[kind];
  total.failures.push(...counts.failures);
}
