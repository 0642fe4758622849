import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installElectron, programOf } from '../../main/demo/install-electron.ts';
import { printedLines } from '../../main/demo/printed-lines.ts';
import { whyNoElectron } from '../../main/demo/why-no-electron.ts';
import { systemClock } from '../../main/platform/time/clock.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { Readiness } from './prepare.ts';

/** Milliseconds that an Electron without anything to do may take to start. */
const PATIENCE = 60_000;

const COMMAND =
  'npm run test:electron, as a user other than root and with a display (on Linux without one: xvfb-run -a)';

/**
 * Whether Electron can start on this machine, tried for real.
 *
 * @param fetch fetches it first if it is not there, which takes the network and minutes.
 * @param uid who would run it; undefined on Windows.
 */
export async function prepareElectron(
  env: NodeJS.ProcessEnv,
  fetch: boolean,
  uid = process.getuid?.(),
): Promise<Readiness> {
  const because = await whyNot(env, fetch, uid);
  return because === null ? { ready: true } : { ready: false, because, command: COMMAND };
}

/** @returns why it cannot start, or null. */
async function whyNot(env: NodeJS.ProcessEnv, fetch: boolean, uid: number | undefined): Promise<string | null> {
  const cannotRun = whyNoElectron({ uid, platform: process.platform, env });
  if (cannotRun !== null) return inOneClause(cannotRun);
  const folder = join(import.meta.dirname, '..', '..', 'node_modules', 'electron');
  if (!fetch && !env.ELECTRON_OVERRIDE_DIST_PATH && programOf(folder) === null)
    return 'Electron has not been downloaded';
  const installed = await installElectron({
    folder,
    env,
    clock: systemClock,
    signal: new AbortController().signal,
    onDownload: () => process.stdout.write(`${printedLines.downloadingElectron()}\n`),
  });
  return installed.ok ? tryToStart(installed.value, env) : inOneClause(installed.problem);
}

function inOneClause({ message, cause }: Problem): string {
  const clause = message.replace(/\.$/, '');
  return cause === undefined ? clause : `${clause} (${cause})`;
}

/** With its sandbox, as the tray is started. */
function tryToStart(program: string, env: NodeJS.ProcessEnv): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'pc-start-'));
  try {
    const main = join(folder, 'main.cjs');
    writeFileSync(main, "const { app } = require('electron');\napp.whenReady().then(() => app.exit(0));\n");
    const { ELECTRON_RUN_AS_NODE: _bareNode, ...rest } = env;
    const { status, stderr, error } = spawnSync(program, [main], { encoding: 'utf8', timeout: PATIENCE, env: rest });
    if (status === 0) return null;
    const words = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
    return `Electron does not start (${words.slice(0, 200) || `exit code ${status}`})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
