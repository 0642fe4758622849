import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problem } from '../../shared/problems/catalogue.ts';
import { failure, type Result, success } from '../../shared/problems/problem.ts';
import type { Clock } from '../platform/time/clock.ts';

export interface InstallDeps {
  /** The folder of the package `electron`, which has its own installer. */
  folder: string;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  /** Aborts the download with everything else. */
  signal: AbortSignal;
  /** Called before a download starts. */
  onDownload: () => void;
}

/** A download that makes no progress for this long is given up. */
export const STALLED_MS = 20_000;
const CHECK_MS = 1_000;

/**
 * Makes sure that Electron's program is there. npm does not download it with the package, which would need an install
 * script; the package's own `install.js` does so on demand.
 *
 * @returns the program's path
 */
export async function installElectron({
  folder,
  env,
  clock,
  signal,
  onDownload,
}: InstallDeps): Promise<Result<string>> {
  // Electron's own variable for a program in another place.
  const elsewhere = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (elsewhere) {
    const program = join(elsewhere, programIn(process.platform));
    return existsSync(program) ? success(program) : failure(problem('electron-missing', { program }));
  }
  const installer = join(folder, 'install.js');
  if (!existsSync(installer)) return failure(problem('electron-not-installed'));
  if (programOf(folder) === null) onDownload();
  // The installer reports no progress, so the bytes in its temporary folder are counted instead.
  const temporary = await mkdtemp(join(tmpdir(), 'portcullis-electron-'));
  try {
    const cause = await run(
      installer,
      temporary,
      () => sizeOf(temporary) + sizeOf(join(folder, 'dist')),
      clock,
      signal,
    );
    const program = programOf(folder);
    if (cause === null && program !== null) return success(program);
    return failure(problem('electron-download-failed', {}, { cause: cause ?? `${folder} has no program` }));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** @returns why it failed, or null. */
function run(
  installer: string,
  temporary: string,
  progress: () => number,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [installer], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, TMPDIR: temporary, TMP: temporary, TEMP: temporary, ELECTRON_GET_NO_PROGRESS: '1' },
      signal,
      killSignal: 'SIGKILL',
    });
    let output = '';
    let stalled = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, 4_000);
    });
    const stopWatching = watchProgress(clock, progress, () => {
      stalled = true;
      child.kill('SIGKILL');
    });
    const finish = (cause: string | null): void => {
      stopWatching();
      resolve(cause);
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code) => {
      if (stalled) return finish(`no progress for ${STALLED_MS / 1000} s`);
      finish(code === 0 ? null : firstLine(output, code));
    });
  });
}

/** Calls `onStalled` once nothing has changed for `STALLED_MS`. @returns how to stop */
export function watchProgress(clock: Clock, progress: () => number, onStalled: () => void): () => void {
  let last = progress();
  let since = clock.monotonic();
  let cancel = clock.after(CHECK_MS, check);
  function check(): void {
    const now = progress();
    if (now !== last) {
      last = now;
      since = clock.monotonic();
    }
    if (clock.monotonic() - since >= STALLED_MS) onStalled();
    else cancel = clock.after(CHECK_MS, check);
  }
  return () => cancel();
}

/** The program's path as the installer wrote it; null where there is none. */
export function programOf(folder: string): string | null {
  try {
    const program = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(program) ? program : null;
  } catch {
    return null;
  }
}

/** Where the installer puts it in a distribution. */
function programIn(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return platform === 'win32' ? 'electron.exe' : 'electron';
}

/** Bytes of all files below; a file that vanishes meanwhile counts as nothing. */
function sizeOf(folder: string): number {
  try {
    let sum = 0;
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) sum += statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
    }
    return sum;
  } catch {
    return 0;
  }
}

function firstLine(output: string, code: number | null): string {
  const line = output.split('\n').find((one) => one.trim() !== '');
  return (line ?? `exit code ${code}`).trim().slice(0, 200);
}
