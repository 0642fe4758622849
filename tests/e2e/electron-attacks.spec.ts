import { expect } from '@playwright/test';
import { ipcCalls } from '../../shared/schemas/ipc-schema.ts';
import { type Real, test } from './real-fixtures.ts';

/**
 * What a page that an attacker has taken over, and what a link from anywhere, can have the tray do, in a real Electron: docs/security.md.
 */
const windows = (real: Real) => real.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);

test('calls that a taken-over page makes up are answered with a refusal, each of them', async ({ panel, real }) => {
  await panel.shows('sign-in-required');
  const owners = Object.entries(ipcCalls).flatMap(([name, { audience }]) => (audience === 'owner' ? [name] : []));
  expect(owners).not.toEqual([]);
  const answers = await panel.page.evaluate(
    async ({ names, owners }) => {
      const { call } = (window as unknown as { portcullis: { call(request: unknown): Promise<unknown> } }).portcullis;
      const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
      const junk: unknown[] = [
        ...[null, true, 0, -1, Number.NaN, 10n, '', 'x'.repeat(1_000_000), [], [[]]],
        deep,
        { length: 1e9 },
        ...[
          { constructor: { prototype: { print: true } } },
          { opener: 'page' },
          { subject: '' },
          { id: 1 },
          { print: 1 },
        ],
        ...[{ subject: 'a'.repeat(1025) }, { offset: -1 }, { limit: 1e9 }, { cursor: {} }, { print: true, extra: 1 }],
      ];
      const made: unknown[] = [
        ...names.flatMap((name) => junk.map((args) => ({ id: 1, call: name, args }))),
        ...owners.flatMap((name) =>
          [{ print: true }, {}, JSON.parse('{"__proto__": {"print": true}}')].map((args) => ({
            id: 1,
            call: name,
            args,
          })),
        ),
        ...[
          '__proto__',
          'constructor',
          'toString',
          'hasOwnProperty',
          '',
          ' snapshot.get',
          'SNAPSHOT.GET',
          'x'.repeat(65),
        ].map((name) => ({ id: 1, call: name, args: {} })),
        ...junk,
        ...junk.map((id) => ({ id, call: 'snapshot.get', args: 1 })),
      ];
      const codes = await Promise.all(
        made.map(async (message) => {
          try {
            return (await call(message)) as { ok?: unknown; error?: { code: string } };
          } catch (error) {
            return { error: { code: `thrown: ${String(error).slice(0, 100)}` } };
          }
        }),
      );
      return made.map((message, index) => {
        const name = String((message as { call?: unknown } | null)?.call ?? 'none').slice(0, 40);
        return [name, codes[index]?.error?.code ?? `ok ${JSON.stringify(codes[index]?.ok)?.slice(0, 60)}`];
      });
    },
    { names: Object.keys(ipcCalls), owners },
  );
  expect(answers.length).toBeGreaterThan(400);
  // What Electron does not copy has not left the page.
  const refusal = /^(ipc-(malformed|unknown-call|bad-arguments)$|thrown: )/;
  expect(answers.filter(([, code]) => !refusal.test(String(code)))).toEqual([]);
  // And the tray works on, as it did before.
  await panel.ask('gcr.io/distroless/static');
  await expect(panel.check).toContainText('gcr.io');
  await panel.shows('sign-in-required');
  expect(await windows(real)).toBe(1);
});

test('a taken-over page reads no file, reaches no other page and gives its bridge to no frame', async ({
  panel,
  real,
}) => {
  await panel.shows('sign-in-required');
  const { page } = panel;
  const addresses = [
    ...['file:///etc/passwd', 'app:///etc/passwd', 'app://other/', 'app://panel/../../../etc/passwd'],
    ...[
      'app://panel/%2e%2e/%2e%2e/etc/passwd',
      'app://panel/..%2f..%2fetc%2fpasswd',
      'app://panel/\\..\\..\\etc\\passwd',
    ],
    ...[
      'app://panel//etc/passwd',
      'app://panel/package.json',
      'app://panel@other/',

      'app://PANEL/x',
    ],
    ...['chrome://gpu', 'chrome://version', 'devtools://devtools/bundled/inspector.html', 'view-source:app://panel/'],
    ...['data:text/html,<script>1</script>', 'blob:app://panel/x', 'filesystem:app://panel/x', 'javascript:1'],
    ...['ws://127.0.0.1:1/', 'http://127.0.0.1:1/', 'https://example.com/', 'ftp://127.0.0.1/', 'mailto:a@b.example'],
  ];
  const read = await page.evaluate(async (addresses) => {
    const found: string[] = [];
    for (const address of addresses) {
      const status = await fetch(address).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status >= 200 && status < 300) found.push(address);
      const loaded = await new Promise<boolean>((resolve) => {
        const image = document.createElement('script');
        image.onload = () => resolve(true);
        image.onerror = () => resolve(false);
        image.src = address;
        document.head.append(image);
      });
      if (loaded) found.push(`script ${address}`);
    }
    return found;
  }, addresses);
  expect(read).toEqual([]);

  const bridged = await page.evaluate(async (addresses) => {
    const found: string[] = [];
    const sources = [
      ...addresses.map((src) => ({ src })),
      { srcdoc: '<p>x</p>' },
      { src: 'app://panel/' },
      { src: '' },
    ];
    for (const source of sources) {
      const frame = Object.assign(document.createElement('iframe'), source);
      const loaded = new Promise((resolve) => {
        frame.onload = resolve;
        frame.onerror = resolve;
        // A scheme that is handed to nobody loads nothing, and says nothing.
        setTimeout(resolve, 1000);
      });
      document.body.append(frame);
      await loaded;
      try {
        if (frame.contentWindow !== null && 'portcullis' in frame.contentWindow) found.push(JSON.stringify(source));
      } catch {
        // Another origin.
      }
      frame.remove();
    }
    return found;
  }, addresses);
  expect(bridged).toEqual([]);

  await page.evaluate((addresses) => {
    for (const address of addresses) {
      window.open(address);
      location.href = address;
    }
  }, addresses);
  // Of Electron: a locator would wait for the navigations, which never come to an end.
  const shown = () =>
    real.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      const state = 'document.querySelector("[data-state]")?.dataset.state';
      return contents?.executeJavaScript(`[location.href, ${state}]`);
    });
  expect(await shown()).toEqual(['app://panel/', 'sign-in-required']);
  expect(await windows(real)).toBe(1);
});

test('a page that has left the panel is not answered', async ({ panel, real }) => {
  await panel.shows('sign-in-required');
  const { page } = panel;
  // The one address that asks nobody. What is there may have the bridge, and is not the panel.
  await page.evaluate(() => setTimeout(() => location.assign('about:blank')));
  await page.waitForURL('about:blank');
  const answer = await page.evaluate(async () => {
    const { portcullis } = window as { portcullis?: { call(request: unknown): Promise<unknown> } };
    return portcullis === undefined ? null : portcullis.call({ id: 1, call: 'snapshot.get', args: {} });
  });
  expect(answer === null || JSON.stringify(answer).includes('ipc-not-allowed')).toBe(true);
  expect(await windows(real)).toBe(1);
});

test('a link from anywhere fills in one image at most, however it is written', async ({ panel, real }) => {
  await panel.shows('sign-in-required');
  const starts = [
    ['portcullis://sign-out'],
    ['portcullis://check/../sign-out?image=gcr.io'],
    ['portcullis://check?image=gcr.io&config=/tmp/x', '--config', '/tmp/x'],
    [`portcullis://check?image=${'a'.repeat(1_000_000)}`],
    Array.from({ length: 10_000 }, () => 'portcullis://request?image=gcr.io&send=1'),
    ['portcullis://request?image=gcr.io&send=1', 'portcullis://check?image=gcr.io'],
    ['portcullis://check?image=gcr.io%0A--inspect=0'],
    ['portcullis://check?image=%1b%5b31m', 'portcullis://'],
    ['portcullis://me:secret@check?image=gcr.io'],
    ['portcullis:check?image=gcr.io'],
    ['portcullis://check?image=%E2%80%AEoi.rcg'],
    ['portcullis://check?image=\u0000'],
    ['app://panel/', 'file:///etc/passwd', 'https://example.com/'],
    ['--remote-debugging-port=0', '--inspect=0', '--gpu-launcher=/tmp/x', '--no-sandbox'],
    ['sign-out'],
    [],
  ];
  await real.app.evaluate(({ app }, starts) => {
    for (const args of starts) app.emit('second-instance', {}, ['portcullis', ...args], '/tmp', null);
    for (const [link] of starts) app.emit('open-url', { preventDefault: () => undefined }, link ?? '');
  }, starts);
  // What went before has been dealt with by the time a good one is.
  await real.app.evaluate(({ app }) => {
    app.emit('second-instance', {}, ['portcullis', 'portcullis://check?image=quay.io/acme/app']);
  });
  await expect(panel.check.getByRole('textbox')).toHaveValue('quay.io/acme/app');
  await expect(panel.page.getByRole('dialog')).toHaveCount(0);
  await panel.shows('sign-in-required');
  expect(await windows(real)).toBe(1);
  expect(panel.page.url()).toMatch(/^app:\/\/panel\/(#|$)/);
});
