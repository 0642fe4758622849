import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { endingWithUs } from '../../support/background-process.ts';
import type { Desktop } from '../../support/desktop/desktop.ts';
import type { InstalledTray } from '../../support/desktop/installed-tray.ts';

/** A program with a tray icon and a hidden window, as this bench starts it again and again. */
export interface TrayProgram {
  /** The title of its window. */
  title: string;
  /** Resolves when it has started; that it shows its icon is seen on the screen. */
  start(): Promise<StartedProgram>;
  remove(): Promise<void>;
}

export interface StartedProgram {
  pid: number;
  stop(): Promise<unknown>;
}

/** As at login. */
export function portcullis(tray: InstalledTray): TrayProgram {
  return { title: 'Portcullis', start: () => tray.start('--hidden'), remove: () => tray.remove() };
}

/** An Electron that does nothing, with the same icon and an empty page. */
export async function bareElectron(desktop: Desktop, icon: string): Promise<TrayProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'pc-bare-'));
  const electron = z.string().parse(createRequire(import.meta.url)('electron'));
  const main = join(import.meta.dirname, 'bare.cjs');
  return {
    title: 'Bare',
    async start() {
      const [file, ...args] = endingWithUs([electron, main, folder, icon]);
      const child = spawn(file, args, { stdio: 'ignore', env: desktop.env });
      const ended = once(child, 'exit');
      await once(child, 'spawn');
      return {
        pid: child.pid ?? 0,
        stop() {
          // It has nothing to keep, and ends without a word.
          child.kill('SIGKILL');
          return ended;
        },
      };
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }),
  };
}
