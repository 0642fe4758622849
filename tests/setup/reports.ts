import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { SerializedError } from 'vitest';
import type { TestModule, TestState } from 'vitest/node';
import { z } from 'zod';

/** What a test runner's report says. */
export const Counts = z.object({
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  /** Each failed test: its file, its name and what it said first, in one line. */
  failures: z.array(z.string()),
});
export type Counts = z.infer<typeof Counts>;

/** What Vitest hands its reporters when a run ends. */
export function countVitest(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Counts {
  const tests = modules.flatMap(({ children }) => [...children.allTests()]);
  const inState = (state: TestState) => tests.filter((test) => test.result().state === state);
  const failures = [
    ...unhandled.map(({ message }) => failure('', '', message ?? '')),
    // Beside its tests, a file fails that cannot be loaded, and a group whose beforeAll or afterAll fails.
    ...modules.flatMap((module) =>
      [module, ...module.children.allSuites()].flatMap((group) =>
        group
          .errors()
          .map(({ message }) => failure(module.moduleId, group.type === 'suite' ? group.fullName : '', message ?? '')),
      ),
    ),
    ...inState('failed').map((test) =>
      failure(test.module.moduleId, test.fullName, test.result().errors?.[0]?.message ?? ''),
    ),
  ];
  return {
    passed: inState('passed').length,
    failed: failures.length,
    skipped: inState('skipped').length,
    failures,
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
