import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findCommand } from '../platform/process/find-command.ts';

/** How long the desktop's opener may take to fail; after that it has most likely worked. */
const PATIENCE_MS = 3_000;

/**
 * Opens an address or a file in the user's browser.
 *
 * @param address must hold no secret: other users can list the arguments of a process.
 * @returns false where there is no browser, or it could not be opened.
 */
export function openInBrowser(address: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const command = openerOf(env);
  if (command === null) return Promise.resolve(false);
  const [file, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(file, [...args, address], { stdio: 'ignore', detached: true });
    const timer = setTimeout(() => resolve(true), PATIENCE_MS);
    const finish = (opened: boolean): void => {
      clearTimeout(timer);
      resolve(opened);
    };
    child.once('error', () => finish(false));
    child.once('exit', (code) => finish(code === 0));
    child.unref();
  });
}

/** `PORTCULLIS_BROWSER` names a program to use instead; `none`: there is no browser. */
function openerOf(env: NodeJS.ProcessEnv): [string, ...string[]] | null {
  const wanted = env.PORTCULLIS_BROWSER;
  if (wanted === 'none') return null;
  if (wanted) return [wanted];
  switch (process.platform) {
    case 'win32':
      // Not `start`, which the shell runs, and which would interpret `&` in an address.
      return [join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'rundll32.exe'), 'url.dll,FileProtocolHandler'];
    case 'darwin':
      return ['/usr/bin/open'];
    default: {
      // Without a display, xdg-open would start a text browser in our terminal, or hang.
      if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return null;
      const opener = findCommand('xdg-open', env.PATH);
      return opener === null ? null : [opener];
    }
  }
}
