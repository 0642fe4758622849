#!/usr/bin/env node
import { join } from 'node:path';
import { commandLine } from './command-line.ts';
import { hubRunCommand } from './hub-command.ts';

await commandLine(join(import.meta.dirname, '..', '..', 'out', 'renderer'), [hubRunCommand]);
