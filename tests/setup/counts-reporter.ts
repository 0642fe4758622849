import { writeFileSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';
import { countVitest } from './reports.ts';

/**
 * Vitest's reporter that leaves `Counts` in the file that PORTCULLIS_COUNTS_FILE names. Vitest's own `json` does not say why the
 * beforeAll of a group has failed, and whose tests were skipped for it.
 */
// biome-ignore lint/style/noDefaultExport: Vitest loads a reporter so
export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    writeFileSync(process.env.PORTCULLIS_COUNTS_FILE ?? '', JSON.stringify(countVitest(modules, unhandled)));
  }
}
