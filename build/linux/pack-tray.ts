import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `electron-builder --linux dir` with everything that electron-builder.yml says, fuses included. `npm run build` comes before.
 *
 * @param electron the folder of an unpacked Electron, as `electron/dist`
 * @param folder where the configuration and the result go
 * @param change of the configuration, to see what depends on it
 * @returns the folder of the program, which any user may start
 */
export function packTray(checkout: string, electron: string, folder: string, change: object = {}): string {
  const electronVersion = readFileSync(join(electron, 'version'), 'utf8').trim().replace(/^v/, '');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'packing.json');
  const output = join(folder, 'packed');
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(checkout, 'electron-builder.yml'),
      electronDist: electron,
      electronVersion,
      directories: { output, buildResources: 'build' },
      ...change,
    }),
  );
  const cli = join(checkout, 'node_modules', 'electron-builder', 'cli.js');
  execFileSync(process.execPath, [cli, '--linux', 'dir', '--x64', '--config', config], {
    cwd: checkout,
    env: { ...process.env, npm_config_offline: 'true' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return join(output, 'linux-unpacked');
}
