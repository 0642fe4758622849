import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';
import { chromiumLaunch } from '../chromium-launch.ts';
import { createElectronDouble, type WindowDouble } from './double.ts';
import { playedAddress, playPage } from './played-page.ts';
import { resolveToDouble } from './resolve-to-double.ts';

/**
 * A program that Playwright's `_electron` takes for Electron: `node --inspect=0 played-electron.ts ARGUMENTS` runs an application on the
 * double, and shows its windows in Chromium. It is for testing what drives a real Electron, and proves nothing about Electron.
 */
const require = createRequire(import.meta.url);
const given = process.argv.slice(2);
if (given.includes('--no-sandbox')) {
  process.stderr.write('No sandbox, no panel: as the tray itself, this does not start like that.\n');
  process.exit(1);
}
const loader = given[given.indexOf('-r') + 1] ?? '';
const application = given.find((argument) => !argument.startsWith('-') && argument !== loader) ?? '';

const double = createElectronDouble({ onWindow: showInChromium, onExit: (code) => void end(code) });

const { app } = double.electron;
// What Playwright's loader uses of the real one to hold the application back.
Object.assign(app, {
  emit: double.app.emit,
  listenerCount: () => 0,
  commandLine: { appendSwitch: () => undefined },
});
resolveToDouble(double);
process.argv = [process.execPath, ...given];
// Before anybody can connect: that is when it is asked to let the application go.
require(loader);
const profile = mkdtempSync(join(tmpdir(), 'pc-played-'));
const { executablePath = '', args = [] } = chromiumLaunch(process.env);
const child = spawn(
  executablePath,
  ['--headless', ...args, '--remote-debugging-port=0', `--user-data-dir=${profile}`, '--no-startup-window'],
  { stdio: ['ignore', 'ignore', 'pipe'] },
);
const endpoint = await new Promise<string>((found, failed) => {
  child.once('exit', () => failed(new Error('Chromium has ended')));
  createInterface(child.stderr).on('line', (line) => {
    // Playwright waits for this very line of Electron's.
    process.stderr.write(`${line}\n`);
    const address = /^DevTools listening on (ws:.*)$/.exec(line)?.[1];
    if (address !== undefined) found(address);
  });
});
const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });

async function end(code: number): Promise<void> {
  if (child.exitCode === null) {
    child.kill();
    await once(child, 'exit');
  }
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  process.exit(code);
}

function showInChromium(window: WindowDouble): void {
  const contents = window.webContents;
  const opening = (async () => {
    const [context] = browser.contexts();
    if (context === undefined) throw new Error('Chromium has no context');
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await context.newPage();
    await playPage(page, {
      contents,
      message: double.message,
      preload: window.options.webPreferences?.preload ?? '',
      serve: ({ url, method }) => {
        const session = double.sessions.get(window.options.webPreferences?.partition ?? '');
        return session?.loads(url, { method }) ?? new Response(null, { status: 404 });
      },
    });
    return page;
  })();
  const load = window.loadURL;
  window.loadURL = async (url) => {
    await load(url);
    await (await opening).goto(playedAddress(url));
  };
  double.electron.clipboard.readText = async () => (await opening).evaluate(() => navigator.clipboard.readText());
}

// A folder stands for what its package.json names.
await import(pathToFileURL(require.resolve(resolve(application))).href);
// Electron gets ready after the application's module.
double.app.becomeReady();
(app as typeof app & { emit: (event: string, ...args: unknown[]) => void }).emit('ready', {}, {});
