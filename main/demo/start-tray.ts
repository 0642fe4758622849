import { join } from 'node:path';
import type { Result } from '../../shared/problems/problem.ts';
import { runCommand, runOrThrow } from '../platform/process/run-command.ts';
import { systemClock } from '../platform/time/clock.ts';
import { installElectron } from './install-electron.ts';
import { printedLines } from './printed-lines.ts';
import { startElectron } from './start-electron.ts';
import type { Supervised } from './supervise.ts';
import { whyNoElectron } from './why-no-electron.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Downloads Electron and builds the tray app where that is needed, and starts it: the same agent, with a tray. */
export function startTray(options: {
  config: string;
  showPanel: boolean;
  stop: AbortSignal;
  say: (line: string) => void;
}): Promise<Result<Supervised>> {
  const { config, showPanel, stop, say } = options;
  const { env, platform } = process;
  return startElectron({
    whyNot: whyNoElectron({ uid: process.getuid?.(), platform, env }),
    install: () =>
      installElectron({
        folder: join(ROOT, 'node_modules', 'electron'),
        env,
        clock: systemClock,
        signal: stop,
        onDownload: () => say(printedLines.downloadingElectron()),
      }),
    build: async () => {
      say(printedLines.buildingTray());
      const vite = join(ROOT, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
      await runOrThrow(runCommand, [process.execPath, vite, 'build', '--logLevel', 'warn'], { cwd: ROOT });
    },
    args: [ROOT, '--config', config, ...(showPanel ? [] : ['--hidden'])],
    env,
    onEnded: (reason, restartInMs) => say(printedLines.processEnded('tray app', reason, restartInMs)),
    onRestarted: () => say(printedLines.processRestarted('tray app')),
    onQuit: () => say(printedLines.trayQuit()),
  });
}
