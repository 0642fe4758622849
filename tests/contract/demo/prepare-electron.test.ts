import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ElectronReadiness, prepareElectron } from '../../setup/electron.ts';

/** What is said of the tests in a real Electron where they cannot run: never that they passed. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-prepare-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const MIA = 1000;

/** With a program that does as Electron would, or would not. */
async function prepared(program: string | null, env: NodeJS.ProcessEnv = {}): Promise<ElectronReadiness> {
  const dist = join(folder, 'dist');
  await mkdir(dist);
  if (program !== null) await writeFile(join(dist, 'electron'), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  return prepareElectron({
    env: { ...process.env, DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: dist, ...env },
    root: process.cwd(),
    temporary: folder,
    uid: MIA,
    tools: () => ({ ready: true }),
  });
}

describe.skipIf(process.platform !== 'linux')('the tests in a real Electron', () => {
  it('run where it starts, and name its version', async () => {
    expect(await prepared('grep -q whenReady "$1" && echo version 33.2.1')).toMatchObject({
      ready: true,
      version: '33.2.1',
    });
  });

  it.each([
    ['it fails', 'echo "first" >&2; echo "The SUID sandbox helper is not configured" >&2; exit 1', /The SUID sandbox/],
    ['it ends without a word', 'exit 0', /exit code 0/],
    ['its program is missing', null, /ENOENT/],
  ])('do not run where %s, and the reason is named', async (_how, program, reason) => {
    const readiness = await prepared(program);
    expect(readiness).toMatchObject({
      ready: false,
      because: expect.stringMatching(/^Electron: it does not start \(/),
    });
    expect(readiness.ready ? '' : readiness.because).toMatch(reason);
  });

  it('do not run where something is missing that cannot be installed', async () => {
    const missing = { ready: false, because: 'not installed: xvfb-run', command: '' } as const;
    const readiness = await prepareElectron({
      env: { PATH: process.env.PATH },
      root: process.cwd(),
      temporary: folder,
      uid: MIA,
      tools: () => missing,
    });
    expect(readiness).toMatchObject({ ready: false, because: 'Electron: not installed: xvfb-run' });
  });
});
