import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** Every file and package that a module loads, with what it loads in turn. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  seen.add(relative(ROOT, file));
  const source = readFileSync(file, 'utf8').replaceAll(/^import type [^;]*;$/gm, '');
  for (const [, path = ''] of source.matchAll(/^(?:import|export) [^;]*?from '([^']+)';$/gm)) {
    if (!path.startsWith('.')) seen.add(path);
    else if (!seen.has(relative(ROOT, resolve(dirname(file), path)))) loadedBy(resolve(dirname(file), path), seen);
  }
  return seen;
}

// Each DNS thread would hold its own copy: schemas and sentences took 20 MB of a thread's 35.
it('a DNS thread loads neither the library for schemas nor what is said to people', () => {
  const loaded = [...loadedBy(resolve(ROOT, 'main/gateway/dns/dns-worker.ts'))];
  expect(loaded).toContain('shared/decide.ts');
  expect(loaded.filter((path) => path === 'zod' || path.startsWith('shared/problems/'))).toEqual([]);
});
