import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../platform/time/clock.ts';

export type Installed =
  | { ok: true; program: string }
  /** @property because the end of a sentence */
  | { ok: false; because: string };

export interface InstallDeps {
  /** The package `electron`, which brings its own installer. */
  folder: string;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  /** Aborts the download with everything else. */
  signal: AbortSignal;
  /** Called before the first byte, where something has to be fetched. */
  onFetch: () => void;
}

/** Without a new byte for so long the download is given up. Milliseconds. */
export const PATIENCE_MS = 20_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Makes sure that Electron's program is there. npm does not fetch it with the package (that would need an install script); the package's
 * `install-electron` does, when it is wanted.
 */
export async function installElectron({ folder, env, clock, signal, onFetch }: InstallDeps): Promise<Installed> {
  // Electron's own variable for a program that is kept elsewhere.
  const elsewhere = env.ELECTRON_OVERRIDE_DIST_PATH;
  if (elsewhere) {
    const program = join(elsewhere, programIn(process.platform));
    return existsSync(program) ? { ok: true, program } : { ok: false, because: `${program} is not there` };
  }
  const installer = join(folder, 'install.js');
  if (!existsSync(installer)) return { ok: false, because: 'it is not installed (npm ci --omit=dev?)' };
  if (programOf(folder) === null) onFetch();
  // The installer downloads into the temporary folder and says little: what it has written there is how far it is.
  const temporary = await mkdtemp(join(tmpdir(), 'portcullis-electron-'));
  try {
    const failure = await run(
      installer,
      temporary,
      () => sizeOf(temporary) + sizeOf(join(folder, 'dist')),
      clock,
      signal,
    );
    const program = programOf(folder);
    if (failure === null && program !== null) return { ok: true, program };
    return { ok: false, because: `it could not be fetched (${failure ?? 'its program is missing'})` };
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
    let words = '';
    let stuck = false;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(0, 4_000);
    });
    const stopWatching = watchProgress(clock, progress, () => {
      stuck = true;
      child.kill('SIGKILL');
    });
    const settle = (failure: string | null): void => {
      stopWatching();
      resolve(failure);
    };
    child.once('error', (error) => settle(error.message));
    child.once('close', (code) => {
      if (stuck) return settle(`no progress for ${PATIENCE_MS / 1000} s`);
      settle(code === 0 ? null : firstLine(words, code));
    });
  });
}

/** Calls `onStuck` once nothing has changed for `PATIENCE_MS`. @returns how to stop. */
export function watchProgress(clock: Clock, progress: () => number, onStuck: () => void): () => void {
  let seen = progress();
  let since = clock.monotonic();
  let cancel = clock.after(LOOK_EVERY_MS, look);
  function look(): void {
    const now = progress();
    if (now !== seen) {
      seen = now;
      since = clock.monotonic();
    }
    if (clock.monotonic() - since >= PATIENCE_MS) onStuck();
    else cancel = clock.after(LOOK_EVERY_MS, look);
  }
  return () => cancel();
}

/** The program's path as the installer has left it, null where there is none. */
export function programOf(folder: string): string | null {
  try {
    const program = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim());
    return existsSync(program) ? program : null;
  } catch {
    return null;
  }
}

/** As its own installer names it. */
function programIn(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return platform === 'win32' ? 'electron.exe' : 'electron';
}

/** Bytes of all files below; what vanishes meanwhile counts as nothing. */
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

function firstLine(words: string, code: number | null): string {
  const line = words.split('\n').find((one) => one.trim() !== '');
  return (line ?? `exit code ${code}`).trim().slice(0, 200);
}
