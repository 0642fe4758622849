import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { expect } from '@playwright/test';
import { z } from 'zod';
import { RequestsPage } from '../../shared/schemas/hub/requests.ts';
import { peopleClient } from '../support/hub-people.ts';
import { root, signIn, test } from './real-fixtures.ts';

test('from "sign in" to a list that is in force', async ({ panel, real }) => {
  await panel.shows('sign-in-required');
  await signIn(panel, real, 'mia');
  await panel.shows('enforcing');
});

test('the page is sandboxed and isolated, cannot leave, and Electron has no fault to find with it', async ({
  panel,
  real,
}) => {
  const { page } = panel;
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  // By the page itself: the protocol's reload fails where the window has just changed its frame. Later, so that this call returns.
  await page.evaluate(() => {
    document.documentElement.dataset.before = 'yes';
    setTimeout(() => location.reload());
  });
  await page.locator('html:not([data-before])').waitFor();
  await panel.shows('sign-in-required');
  expect(page.url()).toBe('app://panel/');
  expect(said.filter((text) => text.includes('Security Warning'))).toEqual([]);
  expect(await page.evaluate(() => ['require', 'process', 'module'].filter((name) => name in window))).toEqual([]);

  await page.evaluate(() => {
    location.href = 'https://example.com/';
  });
  expect(await page.evaluate(() => window.open('https://example.com/'))).toBeNull();
  const requested = await page.evaluate(() =>
    fetch('http://127.0.0.1:1/').then(
      () => 'answered',
      () => 'refused',
    ),
  );
  expect(requested).toBe('refused');
  const asked = await page.evaluate(() => Notification.requestPermission());
  expect(asked).toBe('denied');
  expect(page.url()).toBe('app://panel/');
  expect(real.app.windows()).toHaveLength(1);
  const pages = await real.app.evaluate(({ app }) => app.getAppMetrics().filter(({ type }) => type === 'Tab'));
  expect(pages).toHaveLength(1);
  // Told on macOS and Windows only.
  for (const { sandboxed } of pages) if (sandboxed !== undefined) expect(sandboxed).toBe(true);
});

test('a page that crashes is loaded again', async ({ panel, real }) => {
  await panel.shows('sign-in-required');
  await real.app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    // Asked while its process is dying, a page would never answer.
    contents?.once('did-finish-load', () => Object.assign(globalThis, { loadedAgain: true }));
    contents?.forcefullyCrashRenderer();
  });
  await expect.poll(() => real.app.evaluate(() => 'loadedAgain' in globalThis)).toBe(true);
  const headline = () =>
    real.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript('document.querySelector("h1")?.textContent'),
    );
  await expect.poll(headline).toContain('Sign in to pull images');
});

test('a second start ends, and the first one shows its panel, on the image of a link', async ({ panel, real }) => {
  await panel.shows('sign-in-required');
  const isVisible = () => real.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  await real.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  expect(await isVisible()).toBe(false);
  const electron = z.string().parse(createRequire(import.meta.url)('electron'));
  const second = spawn(electron, real.args, { stdio: 'ignore' });
  expect((await once(second, 'exit'))[0]).toBe(0);
  await expect.poll(isVisible).toBe(true);

  await real.app.evaluate(({ app }) => {
    app.emit('second-instance', {}, ['portcullis', 'portcullis://check?image=gcr.io/distroless/static']);
  });
  await expect(panel.check).toContainText('gcr.io');
});

test('a link to a request fills it in, and nothing is sent before its button is pressed', async ({ panel, real }) => {
  const owner = peopleClient(real.hub, 'acme', await real.hub.signIn('olivia'));
  await real.hub.putSettings('acme', { requests: true });
  await panel.shows('sign-in-required');
  await signIn(panel, real, 'mia');
  await panel.shows('enforcing');
  const queued = async () => (await owner.get(RequestsPage, 'GET', 'requests')).items.map(({ host }) => host);
  await real.app.evaluate(({ app }) => {
    app.emit('second-instance', {}, ['portcullis', 'portcullis://request?image=gcr.io/distroless/static', '--send']);
  });
  const dialog = panel.page.getByRole('dialog', { name: 'Request access to gcr.io' });
  await expect(dialog).toContainText('A link filled this in. Nothing has been sent.');
  await panel.page.keyboard.press('Enter');
  await panel.page.keyboard.press('Space');
  const send = dialog.getByRole('button', { name: 'Send request' });
  await expect(send).toHaveAttribute('aria-disabled', 'false');
  expect(await queued()).toEqual([]);
  await send.click();
  await expect(dialog).toContainText('Request sent.');
  expect(await queued()).toEqual(['gcr.io']);
});

test('a command answers without a word of Chromium’s before it, also without a system bus', async () => {
  const electron = z.string().parse(createRequire(import.meta.url)('electron'));
  const answered = async (...args: string[]) => {
    const env = { ...process.env, DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nowhere' };
    const { stdout, stderr } = await promisify(execFile)(electron, [root, ...args], { env });
    return { stdout, stderr };
  };
  const { version } = z.object({ version: z.string() }).parse(createRequire(import.meta.url)('../../package.json'));
  // As build/linux/portcullis starts it; and what that keeps away.
  expect(await answered('--no-sandbox', '--log-level=3', '--version')).toEqual({ stdout: `${version}\n`, stderr: '' });
  // Chromium writes it on a thread of its own, and a command may have ended before.
  await expect
    .poll(async () => (await answered('--no-sandbox', '--version')).stderr)
    .toContain('Failed to connect to the bus');
});
