#!/usr/bin/env node
import { join } from 'node:path';
import { addHubCommand } from './hub.ts';
import { createProgram } from './program.ts';
import { runCommandLine } from './run-command-line.ts';

const program = createProgram(join(import.meta.dirname, '..', '..'));
addHubCommand(program);

// `portcullis status | head` closes the pipe early, which is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommandLine(() => program.parseAsync());
