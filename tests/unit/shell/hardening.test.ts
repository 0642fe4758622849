import installed from 'electron/package.json' with { type: 'json' };
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import {
  hardenContents,
  hardenSession,
  isFromPanel,
  isOfTheWeb,
  panelPreferences,
} from '../../../main/shell/hardening.ts';
import { CRASHED_URL, PANEL_URL, panelProtocol } from '../../../main/shell/panel-protocol.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { wordsFor } from '../../../shared/messages/words.ts';
import { ContentsDouble, createElectronDouble, SessionDouble } from '../../support/electron/double.ts';

const log = silentLogger();

describe('the page', () => {
  it('is sandboxed, isolated and has no Node, by its exact preferences', () => {
    expect(panelPreferences('/app/preload.cjs', 'panel', false)).toEqual({
      preload: '/app/preload.cjs',
      partition: 'panel',
      devTools: false,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      plugins: false,
      navigateOnDragDrop: false,
      safeDialogs: true,
      spellcheck: false,
      webgl: false,
      enableWebSQL: false,
    });
  });

  it.each([
    ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'fullscreen', 'usb', 'what comes next'],
  ])('gets no permission, however it asks', (...permissions) => {
    const session = new SessionDouble('panel');
    hardenSession(session, log);
    for (const permission of permissions) expect(session.grants(permission)).toEqual([false, false, false]);
  });

  it('may put text on the clipboard, for its "Copy" buttons', () => {
    const session = new SessionDouble('panel');
    hardenSession(session, log);
    expect(session.grants('clipboard-sanitized-write')).toEqual([true, true, false]);
  });

  it('loads its own files and nothing else', () => {
    const session = new SessionDouble('panel');
    hardenSession(session, log);
    expect(session.mayRequest('app://panel/assets/index.js')).toBe(true);
    for (const url of [
      'https://example.com/',
      'http://127.0.0.1:8080/',
      'file:///etc/passwd',
      'app://panel.example/',
      'app://panel@evil/',
      'ws://127.0.0.1/',
      'data:text/html,x',
      'devtools://devtools/x',
    ]) {
      expect([url, session.mayRequest(url)]).toEqual([url, false]);
    }
    expect(session.downloads()).toBe(false);
  });
});

describe('whatever contents come to be', () => {
  let contents: ContentsDouble;
  let asked: string[];
  beforeEach(() => {
    const { electron, windows } = createElectronDouble();
    asked = [];
    hardenContents(electron.app, (address) => asked.push(address), log);
    new electron.BrowserWindow({});
    contents = windows[0]?.webContents ?? new ContentsDouble();
  });

  it('stay where they are, but for the panel being loaded anew', () => {
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect'] as const) {
      for (const url of ['https://example.com/', 'file:///etc/passwd', 'app://panel/crashed', 'javascript:1']) {
        expect([event, url, contents.navigates(event, url)]).toEqual([event, url, false]);
      }
      expect(contents.navigates(event, PANEL_URL)).toBe(true);
    }
  });

  it('open no window and attach no webview', () => {
    const details = { url: 'https://example.com/', frameName: '', features: '', disposition: 'new-window' } as const;
    expect(contents.openHandler({ ...details, referrer: { url: '', policy: 'default' } })).toEqual({ action: 'deny' });
    expect(asked).toEqual(['https://example.com/']);
    expect(contents.attachesWebview()).toBe(false);
  });
});

it('Electron is pinned exactly, and is what it says', () => {
  const { devDependencies } = z.object({ devDependencies: z.record(z.string(), z.string()) }).parse(manifest);
  expect(devDependencies.electron).toMatch(/^\d+\.\d+\.\d+$/);
  expect(devDependencies.electron).toBe(installed.version);
});

describe('a message', () => {
  const panel = new ContentsDouble();
  const frame = { origin: 'app://panel', url: 'app://panel/', parent: null };

  it('counts if it comes from the top frame of the panel', () => {
    expect(isFromPanel({ sender: panel, senderFrame: frame }, panel)).toBe(true);
  });

  it.each([
    ['a frame inside it', { ...frame, parent: {} }],
    ['another origin', { ...frame, origin: 'https://example.com', url: 'https://example.com/' }],
    ['an origin of no name', { ...frame, origin: 'null' }],
    ['an address that only begins alike', { ...frame, url: 'app://panel.example/' }],
    ['a frame that has gone', null],
  ])('of %s does not', (_what, senderFrame) => {
    expect(isFromPanel({ sender: panel, senderFrame }, panel)).toBe(false);
  });

  it('of another window does not, whatever it has loaded', () => {
    expect(isFromPanel({ sender: new ContentsDouble(), senderFrame: frame }, panel)).toBe(false);
    expect(isFromPanel({ sender: panel, senderFrame: frame }, null)).toBe(false);
  });
});

it.each([
  ['https://acme.example/authorize?x=1', true],
  ['http://127.0.0.1:4444/', true],
  ['file:///etc/passwd', false],
  ['ms-calculator:', false],
  ['javascript:alert(1)', false],
  ['smb://server/share', false],
  ['not an address', false],
])('opened in the browser: %s %s', (address, expected) => {
  expect(isOfTheWeb(address)).toBe(expected);
});

describe('app://panel', () => {
  const files = new Map([
    ['/', { body: Buffer.from('<!doctype html>'), type: 'text/html; charset=utf-8', immutable: false }],
    ['/assets/index.js', { body: Buffer.from('1'), type: 'text/javascript; charset=utf-8', immutable: true }],
  ]);
  const handle = panelProtocol(files, () => wordsFor('system', 'en'));
  const get = (url: string, init?: RequestInit): Response => handle(new Request(url, init));

  it('serves the built files from memory', async () => {
    expect(await get(PANEL_URL).text()).toBe('<!doctype html>');
    expect(get('app://panel/assets/index.js?v=1').headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  it.each([
    ['app://panel/../../etc/passwd', 404],
    ['app://panel/%2e%2e/%2e%2e/etc/passwd', 404],
    ['app://panel//etc/passwd', 404],
    ['app://other/', 404],
  ])('finds nothing at %s', (url, status) => {
    expect(get(url).status).toBe(status);
  });

  it('answers reads only', () => {
    expect(get(PANEL_URL, { method: 'POST' }).status).toBe(405);
  });

  it('forbids foreign scripts, frames and requests, on each answer', () => {
    for (const url of [PANEL_URL, CRASHED_URL, 'app://panel/none', 'app://other/']) {
      const policy = get(url).headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy.split(';').find((part) => part.includes('script-src'))).not.toContain('unsafe');
      expect(get(url).headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('has an error page without a script', async () => {
    const page = await get(CRASHED_URL).text();
    expect(page).toContain('The panel crashed');
    expect(page).not.toContain('<script');
  });
});
