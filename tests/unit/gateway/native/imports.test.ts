import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../../..');
const NATIVE = 'main/gateway/native/';
/** What the rest of the gateway may know of the native transport. */
const PUBLIC = [
  'clock-watch.ts',
  'give-back.ts',
  'listening-sockets.ts',
  'notify-socket.ts',
  'open-descriptors.ts',
  'open-udp-transport.ts',
  'udp-transport.ts',
  'windows-event-log.ts',
  'windows-folder.ts',
  'windows-means.ts',
  'windows-pipe.ts',
  'windows-registry.ts',
  'windows-service-state.ts',
  'windows-service.ts',
  'windows-sid.ts',
];

interface SourceFile {
  path: string;
  imports: string[];
}

async function sourceFiles(): Promise<SourceFile[]> {
  const paths = globSync('{main,shared,renderer}/**/*.{ts,tsx}', { cwd: ROOT });
  return Promise.all(
    paths.map(async (path) => {
      const text = await readFile(join(ROOT, path), 'utf8');
      const specifiers = text.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*['"]([^'"]+)['"]/g);
      return { path, imports: Array.from(specifiers, ([, specifier]) => specifier ?? '') };
    }),
  );
}

const files = await sourceFiles();

it('imports koffi in main/gateway/native and nowhere else', () => {
  const users = files.filter(({ imports }) => imports.some((specifier) => /^koffi(\/|$)/.test(specifier)));
  expect(users.length).toBeGreaterThan(0);
  expect(users.filter(({ path }) => !path.startsWith(NATIVE)).map(({ path }) => path)).toEqual([]);
});

it('shows the rest UDP transport, descriptors, notify socket, and what Windows alone has', () => {
  const imported = files
    .filter(({ path }) => !path.startsWith(NATIVE))
    .flatMap(({ path, imports }) =>
      imports
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => relative(ROOT, join(ROOT, path, '..', specifier)))
        .filter((target) => target.startsWith(NATIVE))
        .map((target) => target.slice(NATIVE.length)),
    );
  expect([...new Set(imported)].sort()).toEqual(PUBLIC);
});
