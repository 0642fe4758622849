import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Lock = z.object({
  packages: z.record(z.string(), z.object({ version: z.string(), integrity: z.string() }).partial()),
});

/**
 * A package for another system than this one, which `npm ci` leaves out: fetched by npm, compared with the digest that package-lock.json
 * pins, and unpacked.
 *
 * @returns the folder with its files, which `cache` keeps
 * @throws Error where it is not in the lock file, or is not what the lock file pins
 */
export function fetchPackage(root: string, name: string, cache: string): string {
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const { version, integrity } = packages[`node_modules/${name}`] ?? {};
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json does not pin ${name}`);
  return fetchPinned(root, { name, version, integrity }, cache);
}

/** One exact package of npm's registry. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** Subresource Integrity, SHA-512, as in a lock file. */
  readonly integrity: string;
}

/** The same for one that is pinned elsewhere. @throws Error where it is not what is pinned */
export function fetchPinned(root: string, { name, version, integrity }: PinnedPackage, cache: string): string {
  const folder = join(cache, `${name.replaceAll('/', '-')}-${version}`);
  const unpacked = join(folder, 'package');
  if (existsSync(unpacked)) return unpacked;

  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetching-'));
  try {
    // --ignore-scripts: nothing of it runs here.
    const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', work, `${name}@${version}`];
    const file = join(work, execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }).trim());
    const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
    if (found !== integrity) throw new Error(`${name} ${version} is ${found}, but ${integrity} is pinned`);
    execFileSync('tar', ['--extract', '--gzip', '--no-same-owner', '--file', file, '--directory', work]);
    rmSync(file);
    // Another build may have come first.
    if (!existsSync(folder)) renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return unpacked;
}
