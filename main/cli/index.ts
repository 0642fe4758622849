#!/usr/bin/env node
import { join } from 'node:path';
import { hubCommand } from './hub-command.ts';
import { createProgram } from './program.ts';
import { runCommandLine } from './run-command-line.ts';

// `portcullis status | head` closes the pipe early, which is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommandLine(async () => {
  const words = process.argv.slice(2);
  const program = await createProgram(join(import.meta.dirname, '..', '..'), words, [hubCommand]);
  await program.parseAsync(words, { from: 'user' });
});
