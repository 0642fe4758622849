import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connectRpc } from '../../../main/platform/net/json-rpc.ts';
import { panelPreferences } from '../../../main/shell/hardening.ts';
import { controlEvents, controlMethods, MAX_CONTROL_LINE } from '../../../shared/schemas/control-schema.ts';
import { waitFor } from '../../support/background-process.ts';
import {
  type BuiltShell,
  buildShell,
  type RunningShell,
  type RunOptions,
  runBuilt,
} from '../../support/electron/built-shell.ts';
import type { ElectronDouble } from '../../support/electron/double.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { startHub, type TestHub } from '../../support/hub.ts';

/** When the server last answered, in an answer to `snapshot.get`. */
const Contact = z
  .object({ ok: z.object({ sync: z.object({ lastContact: z.number() }) }) })
  .transform(({ ok }) => ok.sync.lastContact);

/** The program that is shipped, on the double of Electron, with the real gateway and the real hub. */
let built: BuiltShell;
let hub: TestHub;
let gateway: TestGateway;
/** Holds a `dbus-send` that knows of somebody who shows tray icons. */
let desktop: string;
let stateDir: string;
const running: RunningShell[] = [];

beforeAll(async () => {
  [built, hub, desktop] = await Promise.all([buildShell(), startHub(), mkdtemp(join(tmpdir(), 'portcullis-desktop-'))]);
  const { keys } = await hub.policyKeys();
  gateway = await startGateway({ settings: { hub: hub.url, policyKeys: { keys } } });
  await writeFile(join(desktop, 'dbus-send'), '#!/bin/sh\necho "   boolean true"\n');
  await chmod(join(desktop, 'dbus-send'), 0o755);
}, 180_000);

afterEach(async () => {
  for (const shell of running.splice(0)) await shell.kill();
  if (stateDir !== '') await rm(stateDir, { recursive: true, force: true });
  stateDir = '';
});

afterAll(async () => {
  await gateway?.stop();
  await hub?.stop();
  await rm(desktop, { recursive: true, force: true });
  await built?.[Symbol.asyncDispose]();
});

function start(options: RunOptions = {}): RunningShell {
  const shell = runBuilt(built.folder, options);
  running.push(shell);
  return shell;
}

async function writeConfig(change: object = {}): Promise<string> {
  stateDir = await mkdtemp(join(tmpdir(), 'portcullis-shell-'));
  const file = join(stateDir, 'shell.json');
  const config = {
    stateDir: join(stateDir, 'agent'),
    socket: join(stateDir, 'run', 'agent.sock'),
    gatewayControl: gateway.controlPath,
    managedConfig: { folder: gateway.managedFolder },
    ...change,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

/** On a desktop that shows tray icons, unless told otherwise. */
async function startTray({
  args = [],
  tray = true,
  ...options
}: RunOptions & { tray?: boolean } = {}): Promise<RunningShell> {
  const config = await writeConfig();
  const env = tray ? { PATH: [desktop, process.env.PATH].join(delimiter) } : {};
  const shell = start({ args: ['--config', config, ...args], env, ...options });
  await shell.ready();
  return shell;
}

const imageOf = (shell: RunningShell): Promise<string> => shell.run((double) => double.trays[0]?.image ?? '');

/** Waits until the tray shows the state, by the picture it has for it. */
async function shows(shell: RunningShell, picture: string): Promise<void> {
  await shell.until(
    `the picture ${picture}`,
    (double, name) => double.trays[0]?.image.includes(`/${name}.png`) ?? false,
    picture,
  );
}

describe('the built program', () => {
  it('says before Electron is ready what has to be said by then', async () => {
    const shell = await startTray();
    const said = await shell.run(({ app, schemes }) => ({ ...app, schemes, emit: null, becomeReady: null }));
    expect(said).toMatchObject({
      sandboxed: true,
      switches: process.platform === 'linux' ? { 'password-store': 'basic' } : {},
      paths: { userData: join(stateDir, 'agent', 'shell') },
      userModelId: 'io.portcullis.desktop',
      // In development it would be Electron itself that the system opens links with.
      protocolClient: null,
      schemes: [{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }],
    });
  });

  it('makes one window, hardened, with the preload script that was built', async () => {
    const shell = await startTray();
    const windows = await shell.run(({ windows: all }) => all.map(({ options, loaded }) => ({ options, loaded })));
    expect(windows).toEqual([
      {
        options: expect.objectContaining({
          show: false,
          // Each of them is named in the unit test.
          webPreferences: panelPreferences(join(built.folder, 'out', 'preload', 'preload.cjs'), 'panel', true),
        }),
        loaded: ['app://panel/'],
      },
    ]);
    expect((await stat(join(built.folder, 'out', 'preload', 'preload.cjs'))).isFile()).toBe(true);
  });

  it('has a preload script that requires Electron and nothing else', async () => {
    const source = await readFile(join(built.folder, 'out', 'preload', 'preload.cjs'), 'utf8');
    const required = [...source.matchAll(/\brequire\(([^)]*)\)/g)].map(([, name]) => name);
    expect(required).toEqual(['"electron"']);
    expect(source).not.toMatch(/\bimport\b|process\.|__dirname/);
  });

  it('lets its page go nowhere, open nothing, ask for nothing and load only its own files', async () => {
    const shell = await startTray();
    const allowed = await shell.run(({ windows, sessions }) => {
      const [window] = windows;
      const session = sessions.get('panel');
      if (window === undefined || session === undefined) throw new Error('there is no panel');
      const details = { url: 'https://example.com/', frameName: '', features: '', disposition: 'new-window' } as const;
      return {
        navigates: (['will-navigate', 'will-redirect', 'will-frame-navigate'] as const).map((event) =>
          window.webContents.navigates(event, 'https://example.com/'),
        ),
        opens: window.webContents.openHandler({ ...details, referrer: { url: '', policy: 'default' } }).action,
        webview: window.webContents.attachesWebview(),
        permissions: session.grants('media'),
        foreign: session.mayRequest('https://example.com/'),
        own: session.mayRequest('app://panel/index.html'),
        downloads: session.downloads(),
      };
    });
    expect(allowed).toEqual({
      navigates: [false, false, false],
      opens: 'deny',
      webview: false,
      permissions: [false, false, false],
      foreign: false,
      own: true,
      downloads: false,
    });
  });

  it('serves the built panel under its policy, and the agent’s requests share no session with it', async () => {
    const shell = await startTray();
    const page = await shell.run(async ({ sessions }) => {
      const response = await sessions.get('panel')?.loads('app://panel/');
      return { text: await response?.text(), policy: response?.headers.get('content-security-policy') };
    });
    expect(page.text).toContain('<div id="root">');
    expect(page.policy).toContain("script-src 'self'");
    const script = /src="\.(\/assets\/[^"]+\.js)"/.exec(page.text ?? '')?.[1] ?? '';
    const status = await shell.run(
      async ({ sessions }, path) => (await sessions.get('panel')?.loads(`app://panel${path}`))?.status,
      script,
    );
    expect(status).toBe(200);
    expect(await shell.run(({ sessions }) => [...sessions.keys()].sort())).toEqual(['agent', 'panel']);
  });

  it('hears the panel on its own channels only, and nobody but the panel', async () => {
    const shell = await startTray();
    expect(await shell.run((double) => double.channels())).toEqual([
      'portcullis:call',
      'portcullis:hide',
      'portcullis:listen',
    ]);
    const answers = await shell.run(async (double) => {
      const contents = double.windows[0]?.webContents;
      if (contents === undefined) throw new Error('there is no window');
      const request = { id: 1, call: 'snapshot.get', args: {} };
      return {
        panel: await double.message({ contents }, 'portcullis:call', request),
        foreign: await double.message({ contents, url: 'https://example.com/' }, 'portcullis:call', request),
        frame: await double.message({ contents, parent: {} }, 'portcullis:call', request),
      };
    });
    expect(answers.panel).toMatchObject({ id: 1, ok: { managed: { allowedOrgs: ['acme'] } } });
    expect(answers.foreign).toMatchObject({ id: null, error: { code: 'ipc-not-allowed' } });
    expect(answers.frame).toMatchObject({ id: null, error: { code: 'ipc-not-allowed' } });
  });
});

describe('from signing in to a refused pull', () => {
  it('the tray follows the real agent, and a refusal is told once', async () => {
    const shell = await startTray({ args: ['--hidden'] });
    await shows(shell, 'sign-in-required-amber');
    expect((await stat(await imageOf(shell))).isFile()).toBe(true);
    expect(await shell.run(({ notifications }) => notifications.map(({ options }) => options.title))).toEqual([
      'Sign in to pull images',
    ]);

    await shell.run((double) => double.trays[0]?.menu?.click('sign-in'));
    const address = await shell.until('the sign-in page to be opened', ({ opened }) => opened[0] ?? null);
    expect(address).toContain(hub.url);
    // The page may have this very address opened again, and no other.
    const opened = await shell.run(({ windows, opened: all }, again) => {
      const handler = windows[0]?.webContents.openHandler;
      const details = {
        frameName: '',
        features: '',
        disposition: 'new-window',
        referrer: { url: '', policy: 'default' },
      } as const;
      const actions = [again, 'https://example.com/', `${again}&x=1`].map(
        (url) => handler?.({ ...details, url }).action,
      );
      return { actions, all };
    }, address);
    expect(opened).toEqual({ actions: ['deny', 'deny', 'deny'], all: [address, address] });
    await hub.finishSignIn(address, 'mia');
    await shows(shell, 'enforcing-green');
    const labels = await shell.run((double) => double.trays[0]?.menu?.labels() ?? []);
    expect(labels.slice(0, 2)).toEqual(['Restricted by acme (demo, no engine attached)', 'acme, signed in as Mia']);
    expect(labels.at(-1)).toBe('Quit (restrictions stay in force)');

    // A machine that woke asks the server at once, and not when the next quarter of an hour is over.
    const lastContact = (double: ElectronDouble) => {
      const contents = double.windows[0]?.webContents;
      if (contents === undefined) throw new Error('there is no window');
      return double.message({ contents }, 'portcullis:call', { id: 1, call: 'snapshot.get', args: {} });
    };
    const before = Contact.parse(await shell.run(lastContact));
    await shell.run((double) => double.resume());
    await waitFor('another sync', async () => Contact.parse(await shell.run(lastContact)) > before);

    for (const _time of [1, 2]) expect((await gateway.query('gcr.io')).rcode).toBe('NXDOMAIN');
    await shell.until('a notification', ({ notifications }) =>
      notifications.some(({ options }) => options.title === 'Blocked: gcr.io'),
    );
    expect((await gateway.query('quay.io')).rcode).toBe('NXDOMAIN');
    await shell.until('another', ({ notifications }) =>
      notifications.some(({ options }) => options.title === 'Blocked: quay.io'),
    );
    const titles = await shell.run(({ notifications }) => notifications.map(({ options }) => options.title));
    expect(titles.filter((title) => title === 'Blocked: gcr.io')).toHaveLength(1);

    await shell.run((double) => {
      double.dialogs.answer = 0;
      double.trays[0]?.menu?.click('sign-out');
    });
    await shows(shell, 'sign-in-required-amber');
    expect(await shell.run(({ dialogs }) => dialogs.asked.length)).toBe(1);
  });
});

describe('what its user has chosen', () => {
  const set = (shell: RunningShell, args: object) =>
    shell.run(({ windows, message }, change) => {
      const contents = windows[0]?.webContents;
      if (contents === undefined) throw new Error('there is no window');
      return message({ contents }, 'portcullis:call', { id: 1, call: 'preferences.set', args: change });
    }, args);
  const file = () => join(stateDir, 'agent', 'preferences.json');

  it('is kept, with the place of the window, for the next start', async () => {
    const config = await writeConfig();
    const env = { PATH: [desktop, process.env.PATH].join(delimiter) };
    const first = start({ args: ['--config', config], env });
    await first.ready();
    expect(await set(first, { notifications: false, theme: 'dark' })).toEqual({ id: 1, ok: {} });
    await first.run(({ windows, trays }) => {
      windows[0]?.setBounds({ x: 40, y: 50, width: 600, height: 700 });
      trays[0]?.emit('click');
    });
    await first.kill();
    expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({ notifications: false, theme: 'dark' });

    const next = start({ args: ['--config', config], env });
    await next.ready();
    expect(await next.run(({ windows }) => windows[0]?.bounds)).toEqual({ x: 40, y: 50, width: 600, height: 700 });
    const checked = await next.until(
      'the menu',
      ({ trays }) => trays[0]?.menu?.item('notifications') && { checked: trays[0].menu.item('notifications')?.checked },
    );
    expect(checked).toEqual({ checked: false });
    expect(await next.run(({ electron }) => electron.nativeTheme.themeSource)).toBe('dark');
  });

  it('that cannot be read is forgotten: it starts all the same', async () => {
    const config = await writeConfig();
    await mkdir(join(stateDir, 'agent'), { mode: 0o700 });
    await writeFile(file(), '{"theme": "da');
    const shell = start({ args: ['--config', config] });
    await shell.ready();
    expect(await set(shell, { theme: 'light' })).toEqual({ id: 1, ok: {} });
    expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({ theme: 'light', notifications: true });
  });

  it('says that nothing starts it at login, because it is not installed, although the machine is managed', async () => {
    const shell = await startTray();
    const item = await shell.until('the setting', ({ trays }) => {
      const entry = trays[0]?.menu?.item('start-at-login');
      return entry?.label?.includes('installed app only') ? { enabled: entry.enabled, checked: entry.checked } : null;
    });
    expect(item).toEqual({ enabled: false, checked: false });
    expect(await set(shell, { startAtLogin: true })).toMatchObject({ error: { code: 'login-item-unavailable' } });
  });

  it('counts for nothing where the administrator has locked it', async () => {
    await gateway.writeManaged(
      'portcullis.json',
      JSON.stringify({
        hub: hub.url,
        policyKeys: await hub.policyKeys(),
        locked: ['notifications'],
      }),
    );
    try {
      const shell = await startTray();
      const item = await shell.until('the locked setting', ({ trays }) => {
        const entry = trays[0]?.menu?.item('notifications');
        return entry?.label?.includes('administrator') ? { enabled: entry.enabled, checked: entry.checked } : null;
      });
      expect(item).toEqual({ enabled: false, checked: true });
      expect(await set(shell, { notifications: false })).toMatchObject({ error: { code: 'preference-locked' } });
    } finally {
      await gateway.writeManaged(
        'portcullis.json',
        JSON.stringify({ hub: hub.url, policyKeys: await hub.policyKeys() }),
      );
    }
  });
});

describe('its life', () => {
  it('a second start ends at once, and the first one opens its panel', async () => {
    const second = start({ args: ['--config', await writeConfig()], lock: false });
    expect(await second.ended).toBe(0);

    const shell = await startTray({ args: ['--hidden'] });
    expect(await shell.run(({ windows }) => windows[0]?.visible)).toBe(false);
    await shell.run(({ app }) => app.emit('second-instance', {}, ['portcullis', '--hidden']));
    expect(await shell.run(({ windows }) => windows[0]?.visible)).toBe(false);
    await shell.run(({ app }) => app.emit('second-instance', {}, ['portcullis']));
    expect(await shell.run(({ windows }) => windows[0]?.visible)).toBe(true);
  });

  it('a link at the start opens the panel on its image, and nothing beside it is obeyed', async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'portcullis-shell-'));
    const home = { HOME: stateDir, XDG_DATA_HOME: join(stateDir, 'data'), XDG_RUNTIME_DIR: stateDir };
    const shell = start({
      packaged: true,
      args: ['--config', '/nonexistent', 'portcullis://check?image=gcr.io/one'],
      env: { ...home, XDG_CONFIG_HOME: join(stateDir, 'config') },
    });
    const told = await shell
      .until('a window', ({ windows }) => windows[0] !== undefined)
      .then(() =>
        shell.run(async ({ windows, message }) => {
          const contents = windows[0]?.webContents;
          if (contents === undefined) throw new Error('there is no window');
          await message({ contents }, 'portcullis:listen');
          return { visible: windows[0]?.visible, sent: contents.sent.map(({ args }) => args[0]) };
        }),
      );
    expect(told).toMatchObject({ visible: true });
    expect(told.sent).toContainEqual({ kind: 'check', subject: 'gcr.io/one' });
  });

  it('at login waits for a desktop that is being set up, and forgets nothing that is asked meanwhile', async () => {
    const config = await writeConfig();
    const up = join(stateDir, 'desktop-is-up');
    const bin = join(stateDir, 'bin');
    await mkdir(bin);
    const script = `#!/bin/sh\nif test -e '${up}'; then echo 'boolean true'; else echo 'boolean false'; fi\n`;
    await writeFile(join(bin, 'dbus-send'), script, { mode: 0o755 });
    const shell = start({
      args: ['--config', config, '--hidden'],
      env: { PATH: [bin, process.env.PATH].join(delimiter) },
    });
    await shell.until('the program to have begun', ({ app }) => app.userModelId !== '');
    const made = await shell.run(({ app, windows }) => {
      app.emit('second-instance', {}, ['portcullis', 'portcullis://check?image=gcr.io/one']);
      app.emit('second-instance', {}, ['portcullis']);
      return windows.length;
    });
    expect(made).toBe(0);
    await writeFile(up, '');
    await shell.ready();
    const seen = await shell.run(async ({ trays, windows, message }) => {
      const contents = windows[0]?.webContents;
      if (contents === undefined) throw new Error('there is no window');
      await message({ contents }, 'portcullis:listen');
      return { trays: trays.length, visible: windows[0]?.visible, sent: contents.sent.map(({ args }) => args[0]) };
    });
    expect(seen).toMatchObject({ trays: 1, visible: true });
    expect(seen.sent).toContainEqual({ kind: 'check', subject: 'gcr.io/one' });
  });

  it('a link opens the panel on its image: in a second start, and from macOS', async () => {
    const shell = await startTray();
    const links = await shell.run(async ({ app, windows, message }) => {
      const contents = windows[0]?.webContents;
      if (contents === undefined) throw new Error('there is no window');
      await message({ contents }, 'portcullis:listen');
      app.emit('second-instance', {}, ['portcullis', 'portcullis://check?image=gcr.io/one']);
      app.emit('open-url', { preventDefault: () => undefined }, 'portcullis://check?image=gcr.io/two');
      app.emit('open-url', { preventDefault: () => undefined }, 'portcullis://sign-out');
      return contents.sent.map(({ args }) => args[0]).filter((told) => JSON.stringify(told).includes('"check"'));
    });
    expect(links).toEqual([
      { kind: 'check', subject: 'gcr.io/one' },
      { kind: 'check', subject: 'gcr.io/two' },
    ]);
  });

  it('a link to a request tells the page to fill it in, and no more, whatever stands beside it or in it', async () => {
    const shell = await startTray();
    const told = await shell.run(async ({ app, windows, message }) => {
      const contents = windows[0]?.webContents;
      if (contents === undefined) throw new Error('there is no window');
      await message({ contents }, 'portcullis:listen');
      const before = contents.sent.length;
      const link = 'portcullis://request?image=gcr.io/one';
      app.emit('second-instance', {}, ['portcullis', link, 'request', 'evil.example', '--reason', 'x']);
      app.emit('second-instance', {}, ['portcullis', 'request', 'evil.example', '--json', link]);
      app.emit('open-url', { preventDefault: () => undefined }, `${link}&send=true`);
      app.emit('open-url', { preventDefault: () => undefined }, 'portcullis://request/send?image=evil.example');
      return contents.sent
        .slice(before)
        .map(({ args }) => args[0])
        .filter((one) => !JSON.stringify(one).includes('"event"'));
    });
    const filledIn = { kind: 'request', subject: 'gcr.io/one', from: 'link' };
    expect(told).toEqual([filledIn, filledIn]);
  });

  it('without anybody who shows tray icons, its window opens with all of it in its menu', async () => {
    const shell = await startTray({ tray: false });
    const seen = await shell.until('the menu', ({ trays, windows }) => {
      const [window] = windows;
      return window?.menu ? { trays: trays.length, visible: window.visible, labels: window.menu.labels() } : null;
    });
    expect(seen).toMatchObject({ trays: 0, visible: true });
    expect(seen.labels).toEqual(
      expect.arrayContaining(['Sync now', 'Sign in…', 'Start at login (installed app only)']),
    );
  });

  it('a fault of the agent does not end it: another agent takes its place, and the tray says so meanwhile', async () => {
    const shell = await startTray({ args: ['--hidden'] });
    await shows(shell, 'sign-in-required-amber');
    await shell.run(() => {
      setTimeout(() => {
        throw new Error('a bug');
      });
    });
    await shows(shell, 'connection-lost-amber');
    await shows(shell, 'sign-in-required-amber');
    const titles = await shell.run(({ notifications }) => notifications.map(({ options }) => options.title));
    expect(titles).toContain('Portcullis failed and is restarting');
  });

  it.each([
    ['its menu', (shell: RunningShell) => shell.run((double) => double.trays[0]?.menu?.click('quit'))],
    ['SIGTERM', (shell: RunningShell) => shell.kill('SIGTERM')],
    ['the end of whoever started it', async (shell: RunningShell) => shell.disconnect()],
  ])('it is quit by %s, and what is enforced stays enforced', async (_how, quit) => {
    const shell = await startTray();
    const before = (await gateway.status()).generation;
    await quit(shell).catch(() => undefined);
    expect(await shell.ended).toBe(0);
    await expect(stat(join(stateDir, 'run', 'agent.sock'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await gateway.status()).generation).toBe(before);
    expect((await gateway.query('gcr.io')).rcode).toBe('NXDOMAIN');
  });

  it('does not start without a sandbox', async () => {
    const shell = start({ args: ['--no-sandbox', '--config', await writeConfig()] });
    expect(await shell.ended).toBe(1);
    expect(shell.stderr()).toContain('Portcullis does not open its window without a sandbox.');
  });

  it('a configuration that cannot be used is told in one line', async () => {
    const shell = start({ args: ['--config', await writeConfig({ engine: { kind: 'steam' } })] });
    expect(await shell.ended).toBe(1);
    expect(shell.stderr().trim().split('\n')).toHaveLength(1);
    expect(shell.stderr()).toContain('shell.json is not valid');
  });
});

describe('called with a command it is the command line, and never shows itself', () => {
  it('asks the agent of the tray', async () => {
    const tray = await startTray();
    const env = { PORTCULLIS_AGENT_SOCKET: join(stateDir, 'run', 'agent.sock') };
    const status = start({ packaged: true, args: ['status', '--json'], env });
    await status.ended;
    expect(JSON.parse(status.stdout())).toMatchObject({ managed: { allowedOrgs: ['acme'] } });
    const open = start({ packaged: true, args: ['open', '--print'], env });
    expect(await open.ended).toBe(1);
    expect(open.stderr()).toContain('The panel of the tray app is a window and has no address.');
    await tray.run(({ windows }) => windows[0]?.hide());
    expect(await start({ packaged: true, args: ['open'], env }).ended).toBe(0);
    await tray.until('the panel to open', ({ windows }) => windows[0]?.visible ?? false);
  });

  it('has the commands of the product, those for owners too, and is no hub', async () => {
    const help = start({ packaged: true, args: ['--help'] });
    expect(await help.ended).toBe(0);
    for (const command of ['status', 'explain', 'sync', 'sign-in', 'open', 'gateway', 'managed-config', 'hub']) {
      expect(help.stdout()).toContain(`  ${command}`);
    }
    expect(await start({ packaged: true, args: ['hub', 'run'] }).ended).toBe(2);
    expect(await start({ packaged: true, args: ['typo'] }).ended).toBe(2);
  });

  it('runs the gateway, with its threads, and programs a policy that is judged on a thread', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-gateway-'));
    stateDir = folder;
    await mkdir(join(folder, 'run'), { mode: 0o755 });
    await mkdir(join(folder, 'managed'));
    await chmod(folder, 0o755);
    const config = join(folder, 'gateway.json');
    const control = join(folder, 'run', 'control.sock');
    await writeFile(
      config,
      JSON.stringify({
        stateDir: join(folder, 'state'),
        control,
        dns: { engine: ['127.0.0.1:0'] },
        proxy: ['127.0.0.1:0'],
        upstreams: [],
        allowFrom: ['127.0.0.0/8'],
        managedConfig: { folder: join(folder, 'managed') },
      }),
    );
    const { signer } = gateway;
    await writeFile(
      join(folder, 'managed', 'portcullis.json'),
      JSON.stringify({ policyKeys: { keys: [signer.publicKey] } }),
    );
    await writeFile(join(folder, 'managed', 'registry.json'), JSON.stringify({ allowedOrgs: ['acme'] }));
    const gatewayProcess = start({ packaged: true, args: ['gateway', 'run', '--config', config] });
    await gatewayProcess.ready();
    const client = connectRpc(connect(control), controlMethods, controlEvents, { maxLine: MAX_CONTROL_LINE });
    // Larger than what is judged on the spot.
    const registries = Array.from({ length: 20_000 }, (_, at) => ({ address: `registry-${at}.example.com` }));
    const policyFile = join(folder, 'policy.jws');
    const membershipFile = join(folder, 'membership.jws');
    await writeFile(policyFile, await signer.policy({ registries }));
    await writeFile(membershipFile, await signer.membership({ org: 'acme' }));
    await client.call('program', { policyFile, membershipFile });
    const { inForce } = await client.call('status', {});
    expect(inForce).toMatchObject({ kind: 'policy', org: 'acme' });
    client.close();
  });
});
