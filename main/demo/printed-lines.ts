import type { Problem } from '../../shared/problems/problem.ts';

/** What the demo prints while it starts, runs and stops; once it is ready it prints `tryItText`. */
export const printedLines = {
  processEnded: (name: string, reason: string, restartInMs: number) =>
    `The ${name} ended (${reason}) and will restart in ${restartInMs} ms. What is blocked stays blocked.`,
  processRestarted: (name: string) => `The ${name} is running again.`,
  starting: (what: string) => `Starting ${what} …`,
  buildingTray: () => 'Building and starting the tray app …',
  downloadingElectron: () => 'Downloading Electron. This happens only once and can take a few minutes.',
  noTray: ({ message, cause, next }: Problem) =>
    ['The demo runs without the tray app.', message, cause && `(${cause})`, next].filter((part) => part).join(' '),
  trayQuit: () => 'The tray app was quit. The gateway keeps running; press Ctrl-C to stop everything.',
  dashboardOpened: () => 'The dashboard was opened in your browser.',
  noBrowser: (url: string) => `No browser could be opened. Open ${url} yourself.`,
  stopping: () => 'Stopping.',
};
