import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installElectron } from '../../../main/demo/install-electron.ts';
import { type ElectronStartDeps, startElectron } from '../../../main/demo/start-electron.ts';
import { systemClock } from '../../../main/platform/time/clock.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { failure, success } from '../../../shared/problems/problem.ts';
import { waitFor } from '../../support/background-process.ts';
import { manualClock } from '../../support/manual-clock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-electron-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('downloading Electron', () => {
  let downloads: number;
  const signal = new AbortController().signal;
  const onDownload = (): void => {
    downloads += 1;
  };
  beforeEach(() => {
    downloads = 0;
  });
  const install = (clock = systemClock, env: NodeJS.ProcessEnv = {}) =>
    installElectron({ folder, env, clock, signal, onDownload });
  /** In place of the package's own installer. */
  async function writeInstaller(code: string): Promise<void> {
    // As the package has one: without it, what lies in a folder above would say how the code is to be read.
    await writeFile(join(folder, 'package.json'), '{}');
    const requires = "const fs = require('fs'), path = require('path'), os = require('os');";
    await writeFile(join(folder, 'install.js'), requires + code);
  }
  const INSTALLS = `
    fs.mkdirSync(path.join(__dirname, 'dist'), { recursive: true });
    fs.writeFileSync(path.join(__dirname, 'dist', 'electron'), '');
    fs.writeFileSync(path.join(__dirname, 'path.txt'), 'electron');`;

  it('runs the package’s own installer, once', async () => {
    await writeInstaller(INSTALLS);
    const program = join(folder, 'dist', 'electron');
    expect(await install()).toEqual({ ok: true, value: program });
    expect(await install()).toEqual({ ok: true, value: program });
    expect(downloads).toBe(1);
  });

  it('reports the first line of an installer that fails', async () => {
    await writeInstaller(`console.error('HTTPError: 403 Forbidden\\n    at somewhere'); process.exit(1);`);
    expect(await install()).toMatchObject({
      problem: { code: 'electron-download-failed', cause: 'HTTPError: 403 Forbidden' },
    });
  });

  it('gives up on an installer without progress, and leaves nothing running', async () => {
    const pidFile = join(folder, 'pid');
    await writeInstaller(`
      fs.writeFileSync(path.join(os.tmpdir(), 'part'), 'begun');
      fs.writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
      setInterval(() => undefined, 1000);`);
    const clock = manualClock();
    const installed = install(clock);
    const pid = await waitFor(
      'the installer to run',
      async () => Number(await readFile(pidFile, 'utf8').catch(() => '')) || null,
    );
    clock.advance(60_000);
    expect(await installed).toMatchObject({
      problem: { code: 'electron-download-failed', cause: 'no progress for 20 s' },
    });
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('is not tried where the package is not installed', async () => {
    expect(await install()).toMatchObject({ problem: { code: 'electron-not-installed' } });
  });

  it('is not needed where Electron’s own variable names another place', async () => {
    const env = { ELECTRON_OVERRIDE_DIST_PATH: folder };
    expect(await install(systemClock, env)).toMatchObject({ problem: { code: 'electron-missing' } });
    const name = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[process.platform as string];
    const program = join(folder, name ?? 'electron');
    await mkdir(join(program, '..'), { recursive: true });
    await writeFile(program, '');
    expect(await install(systemClock, env)).toEqual({ ok: true, value: program });
    expect(downloads).toBe(0);
  });
});

describe.skipIf(process.platform === 'win32')('starting Electron', () => {
  let events: string[];
  let steps: string[];
  beforeEach(() => {
    events = [];
    steps = [];
  });

  /** A program in Electron's place. */
  async function program(script: string): Promise<string> {
    const file = join(folder, 'electron');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }
  async function start(script: string, change: Partial<ElectronStartDeps> = {}) {
    const file = await program(script);
    return startElectron({
      whyNot: null,
      install: async () => {
        steps.push('install');
        return success(file);
      },
      build: async () => {
        steps.push('build');
      },
      args: ['/app', '--config', '/tmp/shell.json'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      onEnded: (reason, restartInMs) => events.push(`ended (${reason}), restarting in ${restartInMs} ms`),
      onRestarted: () => events.push('restarted'),
      onQuit: () => events.push('quit'),
      ...change,
    });
  }

  it('is given the application and its configuration, and never a switch that weakens its sandbox', async () => {
    const seen = join(folder, 'seen');
    const started = await start(`echo "$@ [$ELECTRON_RUN_AS_NODE]" > ${seen}; echo '{"ready":true}'; exec sleep 60`);
    if (!started.ok) throw new Error(started.problem.message);
    expect(steps).toEqual(['install', 'build']);
    expect(await readFile(seen, 'utf8')).toBe('/app --config /tmp/shell.json []\n');
    await started.value.stop();
  });

  it('that ends before it is ready is reported with its last output', async () => {
    const started = await start('echo "FATAL: the sandbox cannot be set up" >&2; exit 1');
    expect(started).toMatchObject({
      problem: { code: 'electron-start-failed', cause: 'FATAL: the sandbox cannot be set up' },
    });
    expect(events).toEqual([]);
  });

  it('is not even downloaded where it cannot run', async () => {
    const whyNot = problem('electron-no-display');
    expect(await start('exit 1', { whyNot })).toEqual({ ok: false, problem: whyNot });
    expect(steps).toEqual([]);
  });

  it('that cannot be built is reported, and not started', async () => {
    const build = () => Promise.reject(new Error('EACCES: permission denied'));
    expect(await start('exit 1', { build })).toMatchObject({
      problem: { code: 'electron-build-failed', cause: 'EACCES: permission denied' },
    });
  });

  it('is not built where it could not be downloaded', async () => {
    const downloadFailed = failure(problem('electron-download-failed'));
    expect(await start('exit 1', { install: async () => downloadFailed })).toEqual(downloadFailed);
    expect(steps).toEqual([]);
  });

  it('is restarted after a crash, but not after its user has quit it', async () => {
    const count = join(folder, 'count');
    // Ready each time; the first time it crashes, the second time it is quit.
    const script = `echo x >> ${count}; echo '{"ready":true}'; [ $(wc -l < ${count}) = 1 ] && exit 11; exit 0`;
    const started = await start(script);
    if (!started.ok) throw new Error(started.problem.message);
    await waitFor('the tray to be quit', () => events.includes('quit'));
    expect(events[0]).toBe('ended (exit code 11), restarting in 200 ms');
    expect(await readFile(count, 'utf8')).toBe('x\nx\n');
    await started.value.stop();
  });
});
