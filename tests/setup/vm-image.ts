import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';

const SCRIPT = join(import.meta.dirname, 'vm-image.sh');

/** Made anew after this, so that it is not the Debian of long ago. */
const MAX_AGE_MS = 60 * 24 * 3_600_000;

/**
 * A machine that qemu can boot (see vm-image.sh), made where this machine has none of this script yet. Needs root and Debian's packages.
 *
 * @returns its folder. @throws Error why it cannot be made.
 */
export function layOutVmImage(env: NodeJS.ProcessEnv, now: number): string {
  const cache = cacheFolder(env);
  const made = createHash('sha256').update(readFileSync(SCRIPT)).digest('hex').slice(0, 12);
  const current = `vm-${made}-`;
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  for (const name of readdirSync(cache)) {
    if (!name.startsWith('vm-')) continue;
    const isFresh = name.startsWith(current) && now - Number(name.slice(current.length)) < MAX_AGE_MS;
    if (isFresh && existsSync(join(cache, name, 'disk.img'))) return join(cache, name);
    rmSync(join(cache, name), { recursive: true, force: true });
  }
  process.stdout.write('Making the virtual machine, once: one to three minutes.\n');
  // Its folder holds a root file system with devices, so it cannot lie on a tmpfs that allows none.
  const work = mkdtempSync(join(cache, 'making-'));
  try {
    const { status, stderr, error } = spawnSync(SCRIPT, [work], {
      encoding: 'utf8',
      stdio: ['ignore', 'inherit', 'pipe'],
      timeout: 1_200_000,
    });
    if (status !== 0) throw new Error(error?.message ?? (stderr.trim().split('\n').at(-1) || `exit code ${status}`));
    const target = join(cache, `${current}${now}`);
    renameSync(work, target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
