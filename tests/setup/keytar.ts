import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/**
 * The version of Node-API that keytar asks for. Left alone, node-gyp takes that of the Node whose headers it builds with, and an Electron
 * with an older one does not refuse such a module: it crashes.
 */
const NODE_API = '3';
const folder = join(root, 'node_modules', 'keytar');

/** Was keytar, an optional dependency with native code, built for this machine and for any Electron, and does it find libsecret? */
export function keytarLoads(): boolean {
  if (spawnSync(process.execPath, ['-e', "require('keytar')"], { cwd: root, stdio: 'ignore' }).status !== 0)
    return false;
  const built = join(folder, 'build', 'config.gypi');
  // A binary that keytar's own maintainers built comes without; it is built so.
  return !existsSync(built) || readFileSync(built, 'utf8').includes(`"napi_build_version": "${NODE_API}"`);
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
  rmSync(folder, { recursive: true, force: true });
  spawnSync('npm', ['install', '--no-save'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...env, ...nodedir, npm_config_build_from_source: 'true', npm_config_napi_build_version: NODE_API },
  });
  return keytarLoads();
}
