import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..', '..');
const run = promisify(execFile);

/** The program's file in the folder that `packProgram` makes. */
export const PROGRAM = 'portcullis-tray';

/**
 * `electron-builder --linux dir` with a real Electron and everything that electron-builder.yml says, fuses included.
 *
 * @param electron the folder of an unpacked Electron, as `electron/dist`.
 * @param folder where the configuration and the result go.
 * @param change of the configuration, to see what depends on it.
 * @returns the folder of the program, which any user may start.
 */
export async function packProgram(electron: string, folder: string, change: object = {}): Promise<string> {
  const electronVersion = (await readFile(join(electron, 'version'), 'utf8')).trim().replace(/^v/, '');
  const config = join(folder, 'packing.json');
  const output = join(folder, 'packed');
  await writeFile(
    config,
    JSON.stringify({
      extends: join(root, 'electron-builder.yml'),
      electronDist: electron,
      electronVersion,
      directories: { output, buildResources: 'build' },
      ...change,
    }),
  );
  const cli = join(root, 'node_modules', 'electron-builder', 'cli.js');
  await run(process.execPath, [cli, '--linux', 'dir', '--x64', '--config', config], {
    cwd: root,
    env: { ...process.env, npm_config_offline: 'true' },
  });
  const place = join(output, 'linux-unpacked');
  // What the packages for Linux put into /usr/bin.
  await cp(join(root, 'build', 'linux', 'portcullis'), join(folder, 'packed', 'portcullis'));
  return place;
}
