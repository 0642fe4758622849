import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Counts } from './reports.ts';

/** What a run comes to. */
export const Summary = z.object({
  /** A line for each layer, by its name. */
  lines: z.record(z.string(), z.string()),
  counts: Counts,
});
export type Summary = z.infer<typeof Summary>;

export interface RunBeside {
  stop(signal: NodeJS.Signals): void;
  /** Prints what the run has printed. Never rejects. */
  ended(): Promise<Summary>;
}

/**
 * Runs layers in a process of its own, with its own temporary files, while this one runs others.
 *
 * @param script is called with the layers, and `--beside FILE` for its summary
 */
export function runBeside(script: string, layers: readonly string[], env: NodeJS.ProcessEnv): RunBeside {
  const folder = mkdtempSync(join(tmpdir(), 'pb-'));
  const [summaryFile, logFile] = [join(folder, 'summary.json'), join(folder, 'log')];
  const log = openSync(logFile, 'w');
  const child = spawn(process.execPath, [script, ...layers, '--beside', summaryFile], {
    stdio: ['ignore', log, log],
    env,
  });
  closeSync(log);
  const { promise: gone, resolve } = Promise.withResolvers<string>();
  child.once('error', (error) => resolve(error.message));
  child.once('close', (code, signal) => resolve(`ended with ${code ?? signal}`));

  function summaryOf(how: string): Summary {
    try {
      return Summary.parse(JSON.parse(readFileSync(summaryFile, 'utf8')));
    } catch {
      const failures = layers.map((layer) => `${layer}: its run ${how} without a summary`);
      return {
        lines: Object.fromEntries(layers.map((layer) => [layer, `FAILED: its run ${how}`])),
        counts: { passed: 0, failed: layers.length, skipped: 0, failures },
      };
    }
  }

  return {
    stop: (signal) => void child.kill(signal),
    async ended() {
      const how = await gone;
      process.stdout.write(readFileSync(logFile, 'utf8'));
      const summary = summaryOf(how);
      rmSync(folder, { recursive: true, force: true });
      return summary;
    },
  };
}
