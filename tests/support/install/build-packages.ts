import { join } from 'node:path';
import { runCommand, runOrThrow } from '../../../main/platform/process/run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** `npm run package -- WORDS --out FOLDER`, in a process of its own, as an administrator calls it. */
export async function buildPackages(folder: string, ...words: string[]): Promise<void> {
  const command = [process.execPath, join(ROOT, 'build/package.ts'), ...words, '--out', folder];
  await runOrThrow(runCommand, command, { timeout: 600_000 });
}
