import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { prepareElectron } from '../../setup/electron.ts';
import { endProcessesWith } from '../../setup/leftovers.ts';
import { TrayFigures } from './figures.ts';
import { ownMemory, proportionalMemory } from './process-tree.ts';

/** A folder for temporary files that hardly anybody uses. */
const QUIET = '/var/tmp';
const root = join(import.meta.dirname, '..', '..', '..');

/**
 * The tray on a real Electron, beside a bare one; `npm run build` comes before.
 *
 * @throws Error where there is no Electron.
 */
export async function measureTray(quick: boolean): Promise<TrayFigures> {
  // The tray watches the folders above its configuration, and would wake for whatever others do in /tmp.
  const temporary = mkdtempSync(join(existsSync(QUIET) ? QUIET : tmpdir(), 'pc-'));
  // Another user may pass, to what is theirs below; and look, as a folder that cannot be watched is read again and again.
  chmodSync(temporary, 0o755);
  const PATH = [join(root, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter);
  const env = { ...process.env, TMPDIR: temporary, PATH };
  let folder: string | null = null;
  let server: Server | null = null;
  try {
    const electron = await prepareElectron({ env, root, temporary, uid: process.getuid?.() });
    if (!electron.ready) throw new Error(`${electron.because}. To run it: ${electron.command}`);
    folder = electron.folder;
    const settings = {
      electron: electron.version,
      memory: join(temporary, 'memory'),
      results: join(folder, 'results.json'),
      ...(quick
        ? { rounds: 1, clicks: 3, rest: 5, count: 10, hours: 1 }
        : { rounds: 5, clicks: 15, rest: 30, count: 60, hours: 2 }),
    };
    server = await serveMemory(settings.memory);
    const scene = join(import.meta.dirname, 'scene.ts');
    const [file = '', ...args] = electron.within([process.execPath, scene, JSON.stringify(settings)]);
    const child = spawn(file, args, { cwd: root, stdio: 'inherit', env: electron.env });
    const forward = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    process.once('SIGTERM', forward).once('SIGINT', forward);
    const [code] = await once(child, 'exit');
    process.off('SIGTERM', forward).off('SIGINT', forward);
    if (code !== 0) throw new Error('the tray could not be measured');
    return TrayFigures.parse(parseJson(readFileSync(settings.results, 'utf8')));
  } finally {
    server?.close();
    if (folder !== null) await endProcessesWith(folder);
    await endProcessesWith(temporary);
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Tells what memory processes have: only root learns that of those in Chromium's sandbox. */
async function serveMemory(path: string): Promise<Server> {
  const server = createServer((socket) => {
    createInterface(socket).once('line', (line) => {
      const pids = z.array(z.number()).parse(parseJson(line));
      const shares = pids.map(proportionalMemory);
      const isWhole = shares.every((share) => share !== null);
      socket.end(
        `${JSON.stringify(
          isWhole ? { is: 'pss', mebibytes: shares } : { is: 'anonymous', mebibytes: pids.map(ownMemory) },
        )}\n`,
      );
    });
    socket.on('error', () => socket.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o666);
  return server;
}
