import { dirname, join } from 'node:path';
import { commandLine } from './command-line.ts';

// The installed program, one file with Node inside (build/program/). Beside it lie the panel's files, and koffi.node.
void commandLine(join(dirname(process.execPath), 'panel'));
