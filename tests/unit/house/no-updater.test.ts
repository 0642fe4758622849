import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

it('nothing of ours updates itself: an administrator installs each version', () => {
  const files = globSync('{main,renderer,shared,build}/**/*.{ts,tsx,cjs,sh,service}', { cwd: ROOT });
  expect(files.length).toBeGreaterThan(300);
  expect(files.filter((file) => /autoUpdater|electron-updater|update-electron-app|squirrel/i.test(read(file)))).toEqual(
    [],
  );
  const packages = Object.keys(JSON.parse(read('package-lock.json')).packages);
  expect(packages.filter((name) => /node_modules\/(electron-updater|update-electron-app)$/.test(name))).toEqual([]);
  // Without it electron-builder writes no latest.yml, which an updater would read.
  expect(read('electron-builder.yml')).toMatch(/^publish: null$/m);
});
