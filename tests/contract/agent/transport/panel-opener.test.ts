import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openInBrowser } from '../../../../main/agent/open-in-browser.ts';
import { createPanelAccess } from '../../../../main/agent/transport/panel-access.ts';
import { createPanelOpener } from '../../../../main/agent/transport/panel-opener.ts';

const origin = 'http://127.0.0.1:12345';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-open-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('opening the panel', () => {
  it('gives the browser a file that only its user can read, and no code', async () => {
    const access = createPanelAccess(() => 0, randomBytes);
    let address = '';
    const open = createPanelOpener({
      origin,
      access,
      folder,
      openInBrowser: async (given) => {
        address = given;
        return true;
      },
    });
    expect(await open({ print: false })).toEqual({ url: null });
    const file = fileURLToPath(address);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const code = /#code=([0-9a-f]{32})/.exec(await readFile(file, 'utf8'))?.[1] ?? '';
    expect(address).not.toContain(code);
    expect(access.redeem(code)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('prints an address that works once', async () => {
    const access = createPanelAccess(() => 0, randomBytes);
    const open = createPanelOpener({ origin, access, folder, openInBrowser: async () => true });
    const { url } = await open({ print: true });
    const code = new URL(url ?? '').hash.replace('#code=', '');
    expect(access.redeem(code)).not.toBeNull();
    expect(access.redeem(code)).toBeNull();
  });

  it('says what to do where there is no browser, and leaves no file with a code', async () => {
    const access = createPanelAccess(() => 0, randomBytes);
    const open = createPanelOpener({ origin, access, folder, openInBrowser: async () => false });
    await expect(open({ print: false })).rejects.toMatchObject({ problem: { code: 'no-browser' } });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says where it could not write', async () => {
    const access = createPanelAccess(() => 0, randomBytes);
    const gone = join(folder, 'gone');
    const open = createPanelOpener({ origin, access, folder: gone, openInBrowser: async () => true });
    await expect(open({ print: false })).rejects.toMatchObject({
      problem: { code: 'cannot-write', args: { path: gone } },
    });
  });
});

describe('the browser', () => {
  it.runIf(process.platform !== 'win32')('is the program that PORTCULLIS_BROWSER names', async () => {
    const script = join(folder, 'browser');
    await writeFile(script, `#!/bin/sh\nprintf %s "$1" > "${join(folder, 'asked')}"\n`);
    await chmod(script, 0o700);
    expect(await openInBrowser('http://127.0.0.1/a&b', { PORTCULLIS_BROWSER: script })).toBe(true);
    expect(await readFile(join(folder, 'asked'), 'utf8')).toBe('http://127.0.0.1/a&b');
  });

  it('is not there when the program fails, when there is none, or when one says so', async () => {
    expect(await openInBrowser('x', { PORTCULLIS_BROWSER: join(folder, 'missing') })).toBe(false);
    expect(await openInBrowser('x', { PORTCULLIS_BROWSER: 'none' })).toBe(false);
  });

  it.runIf(process.platform === 'linux')('is not looked for where there is no display', async () => {
    expect(await openInBrowser('x', { PATH: process.env.PATH })).toBe(false);
  });
});
