import { join } from 'node:path';
import * as electron from 'electron';
import ElectronStore from 'electron-store';
import { ProblemError } from '../shared/problems/problem.ts';
import { problemLine } from '../shared/problems/problem-line.ts';
import { createProgram } from './cli/program.ts';
import { runCommandLine, unexpected } from './cli/run-command-line.ts';
import { runTray } from './shell/run-tray.ts';
import { startArguments } from './shell/start-arguments.ts';

/** Of `out/main`, where this is bundled to; the same in development and packed. */
const root = join(import.meta.dirname, '..', '..');

/**
 * The entry of the Electron program, which is the tray and, called with a command, `portcullis`. Electron gets ready only after this module
 * has ended, so a command runs before there is any window system: it works over SSH and as a service.
 */
const start = startArguments(process.argv, electron.app.isPackaged);
if (start.kind === 'command') {
  const code = await runCommandLine(() => createProgram(root).parseAsync(start.args, { from: 'user' }));
  // What is written into a pipe may still be on its way.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(code);
}

try {
  if (start.kind === 'unsafe') {
    throw new ProblemError({
      code: 'no-sandbox',
      message: 'Portcullis does not show pages without a sandbox.',
      cause: '--no-sandbox was given',
      next: 'Start it as a user other than root, without this switch.',
    });
  }
  await runTray({
    electron,
    start,
    createStore: (options) => new ElectronStore(options),
    root,
  });
} catch (error) {
  process.stderr.write(`${problemLine(unexpected(error))}\n`);
  electron.app.exit(1);
}
