import './shell/polyfills.ts';
import { join } from 'node:path';
import * as electron from 'electron';
import ElectronStore from 'electron-store';
import { problem } from '../shared/problems/catalogue.ts';
import { ProblemError } from '../shared/problems/problem.ts';
import { problemLine } from '../shared/problems/problem-line.ts';
import { openPipe } from './cli/open-pipe.ts';
import { createProgram } from './cli/program.ts';
import { runCommandLine } from './cli/run-command-line.ts';
import { unexpected } from './cli/unexpected.ts';
import { runTray } from './shell/run-tray.ts';
import { startArguments } from './shell/start-arguments.ts';

/** The folder with `out/main`, where this is bundled to; the same in development and packed. */
const root = join(import.meta.dirname, '..', '..');

/**
 * The entry of the Electron program: the tray or, called with a command, the command line. Electron becomes ready only after this module
 * has ended, so a command needs no window system: it works over SSH and as a service.
 */
const start = startArguments(process.argv, electron.app.isPackaged);
if (start.kind === 'command') {
  const code = await runCommandLine(async () => {
    const program = await createProgram(join(root, 'out', 'renderer'), start.args);
    await program.parseAsync(start.args, { from: 'user' });
  });
  // Output into a pipe may not be written yet.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(code);
}

try {
  if (start.kind === 'unsafe') {
    throw new ProblemError(problem('no-sandbox', {}, { cause: '--no-sandbox was given' }));
  }
  await runTray({
    electron,
    start,
    createStore: (options) => new ElectronStore(options),
    root,
    openPipe,
  });
} catch (error) {
  process.stderr.write(`${problemLine(unexpected(error))}\n`);
  electron.app.exit(1);
}
