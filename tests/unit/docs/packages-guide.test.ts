import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Manifest {
  license?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}
const manifest = JSON.parse(read('package.json')) as Manifest;
const optional = manifest.optionalDependencies ?? {};
const wanted = { ...manifest.dependencies, ...optional, ...manifest.devDependencies };

/** What `docs/packages.md` says: package and licence. */
const listed = new Map<string, string>();
for (const [, names = '', licence = ''] of read('docs/packages.md').matchAll(
  /^\| (`[^|]*) \| ([^|]+) \| [^|]+ \|$/gm,
)) {
  for (const [, name = ''] of names.matchAll(/`([^`]+)`/g)) listed.set(name, licence);
}

describe('the list of packages', () => {
  it('names each package that is wanted, and no other', () => {
    expect([...listed.keys()].sort()).toEqual(Object.keys(wanted).sort());
  });

  it('names the licence that the package itself names', () => {
    for (const [name, licence] of listed) {
      let said: string | undefined;
      try {
        said = (JSON.parse(read(`node_modules/${name}/package.json`)) as Manifest).license;
      } catch (error) {
        // Left out on machines that cannot use it.
        if (name in optional) continue;
        throw error;
      }
      expect([name, said]).toEqual([name, licence]);
    }
  });
});

describe('package.json', () => {
  it.each(Object.entries(wanted))('pins %s to one version', (_name, version) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  });
});
