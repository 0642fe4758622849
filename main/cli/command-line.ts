import { type CommandFile, createProgram } from './program.ts';
import { runCommandLine } from './run-command-line.ts';

/**
 * Runs what was typed after `portcullis`, and sets the exit code.
 *
 * @param panel as of `createProgram`
 * @param more as of `createProgram`
 */
export async function commandLine(panel: string, more: readonly CommandFile[] = []): Promise<void> {
  // `portcullis status | head` closes the pipe early, which is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  process.exitCode = await runCommandLine(async () => {
    const words = process.argv.slice(2);
    const program = await createProgram(panel, words, more);
    await program.parseAsync(words, { from: 'user' });
  });
}
