import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Was keytar, an optional dependency with native code, built for this machine, and does it find libsecret? */
export function keytarLoads(): boolean {
  return spawnSync(process.execPath, ['-e', "require('keytar')"], { cwd: root, stdio: 'ignore' }).status === 0;
}

/**
 * npm takes an optional dependency that did not build out of node_modules again, so that `npm rebuild` finds nothing;
 * `npm install` adds what is lacking, and nothing else. It is compiled from the package's own source: the binary that its
 * installer would download has no digest. The headers are those of the project's own Node, for the same reason.
 */
export function buildKeytar(env: NodeJS.ProcessEnv): boolean {
  const headers = join(root, 'node_modules', `node-linux-${process.arch}`);
  const nodedir = existsSync(join(headers, 'include')) ? { npm_config_nodedir: headers } : {};
  process.stdout.write('Building keytar.\n');
  spawnSync('npm', ['install', '--no-save'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...env, ...nodedir, npm_config_build_from_source: 'true' },
  });
  return keytarLoads();
}
