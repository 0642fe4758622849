import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { terminalSafeJson } from '../../../shared/printable.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import { isInOrder } from '../../../shared/state/derive-state.ts';
import { inputsFor, problem, snapshotOf } from '../../support/snapshots.ts';

const run = promisify(execFile);
const SCRIPT = new URL('../../../build/mdm/jamf/portcullis-state.sh', import.meta.url);

/** The commands of macOS that the script calls, played: who is at the screen, and how a command runs as somebody. */
const PLAYED = {
  stat: 'test "$*" = "-f %Su /dev/console" && cat "$PLAY/console"',
  id: 'test "$1" = -u && test "$2" = mia && echo 501',
  launchctl: 'test "$1 $2" = "asuser 501" && shift 2 && exec "$@"',
  sudo: 'test "$1 $2 $3 $4" = "-n -H -u mia" && shift 4 && exec "$@"',
};

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jamf-'));
  for (const [name, body] of Object.entries(PLAYED)) await executable(name, body);
  const text = await readFile(SCRIPT, 'utf8');
  const there = text
    .replace('PATH=/usr/bin:/bin:/usr/sbin:/sbin', `PATH=${folder}:/usr/bin:/bin`)
    .replace('program=/usr/local/bin/portcullis', `program=${folder}/portcullis`);
  expect(there).not.toBe(text);
  script = join(folder, 'script.sh');
  await writeFile(script, there);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function executable(name: string, body: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${body}\n`);
  await chmod(join(folder, name), 0o755);
}

/** @param user at the screen. */
async function resultWith(user: string, stdout: string, code: number): Promise<string> {
  await writeFile(join(folder, 'console'), `${user}\n`);
  await writeFile(join(folder, 'said'), stdout);
  await executable('portcullis', `test "$*" = "status --check --json" || exit 2; cat "$PLAY/said"; exit ${code}`);
  return (await run('/bin/sh', [script], { env: { PLAY: folder } })).stdout;
}
const print = (snapshot: Snapshot, check: object) =>
  `${terminalSafeJson(JSON.stringify({ ...snapshot, check }, null, 2))}\n`;

describe('the extension attribute for Jamf Pro', () => {
  it.each(Object.entries(inputsFor))('is the code of the state: %s', async (_id, inputs) => {
    const snapshot = snapshotOf(inputs);
    const inOrder = isInOrder(snapshot);
    const said = await resultWith('mia', print(snapshot, { verified: inOrder, problem: null }), inOrder ? 0 : 4);
    expect(said).toBe(`<result>${snapshot.state.code}</result>\n`);
  });

  it('never says that a policy is in force that a check just now did not prove', async () => {
    const snapshot = snapshotOf(inputsFor.enforcing);
    expect(await resultWith('mia', print(snapshot, { verified: false, problem }), 4)).toBe(
      '<result>not proven P-ENFORCING</result>\n',
    );
  });

  it('says that nobody answers, whatever is printed then', async () => {
    const snapshot = snapshotOf(inputsFor.enforcing);
    for (const [stdout, code] of [
      ['', 1],
      ['', 0],
      ['', 4],
      [print(snapshot, {}), 1],
      ['"code": "P-ENFORCING"; echo\n', 0],
    ] as const) {
      expect(await resultWith('mia', stdout, code)).toBe('<result>no answer</result>\n');
    }
  });

  it.each(['', 'root', 'loginwindow', '_mbsetupuser', 'nobody-here'])(
    'asks nobody where %j is at the screen',
    async (user) => {
      expect(await resultWith(user, print(snapshotOf(inputsFor.enforcing), {}), 0)).toBe('<result>nobody</result>\n');
    },
  );

  it('says that nothing is installed', async () => {
    await rm(join(folder, 'portcullis'), { force: true });
    const { stdout } = await run('/bin/sh', [script], { env: { PLAY: folder } });
    expect(stdout).toBe('<result>not installed</result>\n');
  });
});
