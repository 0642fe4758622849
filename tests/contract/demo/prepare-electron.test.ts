import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareElectron } from '../../setup/electron.ts';

/** What is said of the tests in a real Electron where they cannot run: never that they passed. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-prepare-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const MIA = 1000;

/** With a program that does as Electron would, or would not. */
async function prepared(program: string, uid = MIA): Promise<unknown> {
  await writeFile(join(folder, 'electron'), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  return prepareElectron({ ...process.env, DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: folder }, false, uid);
}

describe.skipIf(process.platform !== 'linux')('the tests in a real Electron', () => {
  it('run where it starts', async () => {
    expect(await prepared('grep -q whenReady "$1"')).toEqual({ ready: true });
  });

  it('do not run where it does not, and its last words are told', async () => {
    expect(await prepared('echo "first" >&2; echo "The SUID sandbox helper is not configured" >&2; exit 1')).toEqual({
      ready: false,
      because: 'Electron does not start (The SUID sandbox helper is not configured)',
      command: expect.stringContaining('npm run test:electron'),
    });
  });

  it('do not run as root, without a display, or without its program', async () => {
    const because = async (env: NodeJS.ProcessEnv, uid = MIA) => {
      const readiness = await prepareElectron({ PATH: process.env.PATH, ...env }, false, uid);
      return readiness.ready ? null : readiness.because;
    };
    expect(await because({ DISPLAY: ':0' }, 0)).toBe('Electron does not run as root');
    expect(await because({})).toBe('Electron needs a display');
    const missing = join(folder, 'electron');
    expect(await because({ DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: folder })).toBe(
      `There is no Electron at ${missing}`,
    );
  });
});
