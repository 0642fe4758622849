import { dirname, join } from 'node:path';
import { createHubProgram } from './hub-program.ts';
import { runWords } from './run-words.ts';

// The installed hub, one file with Node inside (build/program/). Beside it lie the dashboard's files.
void runWords(async () => createHubProgram(join(dirname(process.execPath), 'dashboard')));
