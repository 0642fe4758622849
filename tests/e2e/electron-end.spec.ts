import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test as base, expect } from '@playwright/test';
import { z } from 'zod';
import { agentSocket } from '../../main/platform/fs/places.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

/**
 * How the shipped program ends, in a real Electron and without Playwright inside it: held back by Playwright's loader, it ended where
 * users' did not.
 */
interface Installed {
  /** Starts it; resolves when its agent serves. */
  start(...more: string[]): Promise<ChildProcess>;
  gateway: TestGateway;
  /** Where its agent serves. */
  socket: string;
  /** Processes of Chromium's by their kind, such as `renderer`; `browser` is the program itself. */
  processes(kind: string): number[];
}

const root = join(import.meta.dirname, '..', '..');
const electron = z.string().parse(createRequire(import.meta.url)('electron'));

const test = base.extend<{ installed: Installed }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names off this pattern
  installed: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'pc-end-'));
    const gateway = await startGateway();
    const config = join(folder, 'shell.json');
    const socket = agentSocket(process.env, folder);
    const stateDir = join(folder, 'agent');
    await writeFile(
      config,
      JSON.stringify({
        stateDir,
        socket,
        gatewayControl: gateway.controlPath,
        managedConfig: { folder: gateway.managedFolder },
        secretFile: join(folder, 'secret.json'),
      }),
    );
    const processes = (kind: string): number[] =>
      globSync('/proc/[0-9]*/cmdline').flatMap((file) => {
        const words = argumentsOf(file);
        const isOurs = words.some((word) => word === config || word === `--user-data-dir=${join(stateDir, 'shell')}`);
        const type = words.find((word) => word.startsWith('--type='))?.slice('--type='.length) ?? 'browser';
        return isOurs && type === kind ? [Number(file.split('/')[2])] : [];
      });
    await use({
      gateway,
      socket,
      processes,
      async start(...more) {
        const child = spawn(electron, [root, '--config', config, ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
        const ended = once(child, 'exit').then(([code, signal]) => {
          throw new Error(`the tray ended (${code ?? signal}) before it was ready`);
        });
        await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
        ended.catch(() => undefined);
        return child;
      },
    });
    for (const pid of processes('browser')) process.kill(pid, 'SIGKILL');
    await expect.poll(() => processes('browser')).toEqual([]);
    await gateway.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  },
});

function argumentsOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/[\0 ]/);
  } catch {
    // It has ended.
    return [];
  }
}

function serves(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const peer = connect(socket, () => {
      peer.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}

test.skip(process.platform !== 'linux', 'a logout sends these signals on Linux');

interface Situation {
  args?: string[];
  before?: (installed: Installed) => Promise<unknown>;
  bringAbout?: (installed: Installed) => Promise<unknown>;
}

const situations: Record<string, Situation> = {
  'with the panel open': {},
  // Nothing has to be closed then, and the release ends before the event does that it was asked for in.
  'that never met a gateway': { before: ({ gateway }) => gateway.halt('SIGKILL') },
  'with the panel never opened': { args: ['--hidden'] },
  'after the page crashed': {
    async bringAbout({ processes }) {
      await expect.poll(() => processes('renderer').length).toBeGreaterThan(0);
      const crashed = processes('renderer');
      for (const pid of crashed) process.kill(pid, 'SIGKILL');
      await expect.poll(() => processes('renderer').some((pid) => crashed.includes(pid))).toBe(false);
    },
  },
  'with the gateway away': { bringAbout: ({ gateway }) => gateway.halt('SIGKILL') },
};

for (const [situation, { args = [], before, bringAbout }] of Object.entries(situations)) {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} ends the tray ${situation}, and leaves the place to the next one`, async ({ installed }) => {
      await before?.(installed);
      const tray = await installed.start(...args);
      await bringAbout?.(installed);
      const ended = once(tray, 'exit');
      tray.kill(signal);
      expect(await ended).toEqual([0, null]);
      expect(await serves(installed.socket)).toBe(false);
      await installed.start();
    });
  }
}

test('a start while the tray is ending comes up when it has ended', async ({ installed }) => {
  const tray = await installed.start();
  const ended = once(tray, 'exit');
  tray.kill('SIGTERM');
  // It either finds the place free, or the ending one starts it again.
  const config = tray.spawnargs.slice(1);
  spawn(electron, config, { stdio: 'ignore' });
  expect(await ended).toEqual([0, null]);
  await expect.poll(() => serves(installed.socket)).toBe(true);
  await expect.poll(() => installed.processes('renderer').length).toBeGreaterThan(0);
});
