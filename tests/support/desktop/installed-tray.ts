import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { agentSocket } from '../../../main/platform/fs/places.ts';
import { endingWithUs } from '../background-process.ts';
import type { TestGateway } from '../gateway.ts';
import type { Desktop } from './desktop.ts';

/** The program that is shipped, as a user has it: with a place of its own for what it keeps from one start to the next. */
export interface InstalledTray {
  /** What it keeps. */
  folder: string;
  /** Where its agent serves. */
  socket: string;
  /** Starts it on the desktop; resolves when its agent serves. */
  start(...more: string[]): Promise<RunningTray>;
  /** Ends all that runs of it, and forgets what it kept. */
  remove(): Promise<void>;
}

export interface RunningTray {
  pid: number;
  /** Its exit code, or the signal that ended it. */
  ended: Promise<number | string>;
  stop(): Promise<number | string>;
}

const root = join(import.meta.dirname, '..', '..', '..');

export async function installTray(desktop: Desktop, gateway: TestGateway): Promise<InstalledTray> {
  const folder = await mkdtemp(join(tmpdir(), 'pc-tray-'));
  const config = join(folder, 'shell.json');
  const settings = {
    stateDir: join(folder, 'agent'),
    socket: agentSocket(process.env, folder),
    gatewayControl: gateway.controlPath,
    managedConfig: { folder: gateway.managedFolder },
    secretFile: join(folder, 'secret.json'),
  };
  await writeFile(config, JSON.stringify(settings));
  const running = new Set<ChildProcess>();
  return {
    folder,
    socket: settings.socket,
    async start(...more) {
      // Also the path of the one that stands in for it: the package `electron` looks where that is.
      const electron = z.string().parse(createRequire(import.meta.url)('electron'));
      const [file, ...args] = endingWithUs([electron, root, '--config', config, ...more]);
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'], env: desktop.env });
      running.add(child);
      const ended = once(child, 'exit').then(([code, signal]): number | string => {
        running.delete(child);
        return code ?? signal;
      });
      const tooEarly = ended.then((how) => {
        throw new Error(`the tray ended (${how}) before it was ready`);
      });
      tooEarly.catch(() => undefined);
      await Promise.race([once(createInterface(child.stdout), 'line'), tooEarly]);
      return {
        pid: child.pid ?? 0,
        ended,
        stop() {
          child.kill('SIGTERM');
          return ended;
        },
      };
    },
    async remove() {
      for (const child of running) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}
