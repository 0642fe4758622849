#!/usr/bin/env node
import { addHubCommand } from './hub.ts';
import { createProgram } from './program.ts';
import { runCommand } from './run-command.ts';

const program = createProgram();
addHubCommand(program);

process.exitCode = await runCommand(() => program.parseAsync());
