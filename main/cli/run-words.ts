import type { Command } from 'commander';
import { runCommandLine } from './run-command-line.ts';

/** Runs what was typed after the program's name by the commands that `create` has for it, and sets the exit code. */
export async function runWords(create: (words: readonly string[]) => Promise<Command>): Promise<void> {
  // `portcullis status | head` closes the pipe early, which is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  process.exitCode = await runCommandLine(async () => {
    const words = process.argv.slice(2);
    const program = await create(words);
    await program.parseAsync(words, { from: 'user' });
  });
}
