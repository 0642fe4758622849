import { expect, it } from 'vitest';
import { printedLines } from '../../../main/demo/printed-lines.ts';
import { problem } from '../../../shared/problems/catalogue.ts';

it('says why there is no tray, with the cause where one is known', () => {
  expect(printedLines.noTray(problem('electron-no-display'))).toBe(
    'The demo runs without the tray app. Electron needs a display. ' +
      'To get the tray app, start the demo in a graphical session.',
  );
  expect(printedLines.noTray(problem('electron-start-failed', {}, { cause: 'no GPU' }))).toContain(
    'Electron did not start. (no GPU) Fix the cause',
  );
});

it('says that a restart unblocks nothing', () => {
  expect(printedLines.processEnded('gateway', 'SIGKILL', 200)).toBe(
    'The gateway ended (SIGKILL) and will restart in 200 ms. What is blocked stays blocked.',
  );
});
