import { request } from 'node:http';
import * as oidc from 'openid-client';
import { afterEach, describe, expect, it } from 'vitest';
import { CLI } from '../../support/command-line.ts';
import { startHub, type TestHubOptions } from '../../support/hub.ts';
import { CALLBACK, discover, isCallback } from '../../support/hub-client.ts';
import { TestBrowser } from '../../support/test-browser.ts';

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  const stack = cleanup;
  cleanup = new AsyncDisposableStack();
  await stack.disposeAsync();
});

async function hubWith(options: TestHubOptions = {}) {
  const hub = await startHub(options);
  cleanup.defer(() => hub.stop());
  return hub;
}

describe('sixty sign-ins with invented names', () => {
  it('do not keep others waiting: few are checked, the rest is told at once to come again', async () => {
    // Its passwords at their full cost.
    const hub = await hubWith({ command: [process.execPath, CLI, 'hub'] });
    const client = await discover(hub.url);
    const url = oidc.buildAuthorizationUrl(client, {
      redirect_uri: CALLBACK,
      scope: 'openid',
      prompt: 'consent',
      code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
    });
    const browsers = Array.from({ length: 60 }, () => new TestBrowser(isCallback));
    for (const browser of browsers) await browser.open(url);
    const pages = await Promise.all(
      browsers.map((browser, index) =>
        browser.submit({ username: `invented-${index}`, password: 'guess' }, { name: 'action', value: 'sign-in' }),
      ),
    );
    const checked = pages.filter(({ status }) => status === 422);
    const sentAway = pages.filter(({ status }) => status === 429);
    expect(checked.length + sentAway.length).toBe(60);
    // Those that came while others were checked.
    expect(sentAway.length).toBeGreaterThan(0);
    expect(sentAway[0]?.headers.get('retry-after')).toBe('5');
    expect(sentAway[0]?.text).toContain('Too many sign-ins at once.');
    expect((await hub.signInTokens('mia')).access_token).toBeDefined();
  });
});

describe('device codes', () => {
  it('cannot be tried without limit', async () => {
    const hub = await hubWith();
    const client = await discover(hub.url);
    const device = await oidc.initiateDeviceAuthorization(client, { scope: 'openid' });
    const browser = new TestBrowser();
    await browser.open(device.verification_uri);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect((await browser.submit({ user_code: 'XXXX-XXXX' })).text).toContain('This code is not valid.');
    }
    const { status, text } = await browser.submit({ user_code: device.user_code });
    expect(status).toBe(429);
    expect(text).toContain('Too many codes');
    expect(text).not.toContain('Is this your device?');
  });

  it.each([
    ['your own laptop, 203.0.113.9', 'A device at 203.0.113.9 is showing'],
    ['203.0.113.7, Acme security', 'A device is showing'],
  ])('show, behind a TLS proxy that says "%s", the address it saw itself or none', async (forwarded, shown) => {
    const hub = await hubWith({ publicUrl: 'https://hub.acme.example' });
    const port = Number(/"port":(\d+)/.exec(hub.log())?.[1]);
    const cookies = new Map<string, string>();
    const ask = (method: string, path: string, form: Record<string, string> | null = null): Promise<string> =>
      new Promise((resolve, reject) => {
        const headers = {
          ...{ host: 'hub.acme.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': forwarded },
          ...(form === null ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
          cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        };
        const sent = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
          for (const cookie of answer.headers['set-cookie'] ?? []) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
            cookies.set(name, value);
          }
          let text = '';
          answer.on('data', (chunk) => {
            text += chunk;
          });
          answer.on('end', () => resolve(text));
        });
        sent.on('error', reject);
        sent.end(form === null ? undefined : new URLSearchParams(form).toString());
      });
    const device = JSON.parse(
      await ask('POST', '/oidc/device/authorize', { client_id: 'portcullis-desktop', scope: 'openid' }),
    );
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(await ask('GET', '/oidc/device'))?.[1] ?? '';
    const page = await ask('POST', '/oidc/device', { xsrf, user_code: device.user_code });
    expect(page).toContain('Is this your device?');
    expect(page).toContain(shown);
    expect(page).not.toMatch(/laptop|security/);
  });
});
