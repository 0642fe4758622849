import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { z } from 'zod';

const root = join(import.meta.dirname, '..', '..');

/** One of each kind: the shipped program, clipboard, locale and time zone, colour scheme and axe, an agent that goes and comes back. */
const SPECS = [
  'from "sign in" to a list that is in force$',
  'the summary to send along is six lines',
  'times are relative',
  'dark theme Settings is accessible',
  'without a connection nothing stays green',
];

const Report = z.object({ stats: z.object({ expected: z.number(), unexpected: z.number(), skipped: z.number() }) });

/** Where Electron cannot start, this is what is known of the specs that are for it. It proves nothing about Electron. */
test('what drives a real Electron drives a program that only plays one', { tag: '@browser' }, async () => {
  test.skip(process.platform === 'win32', 'a program that is a script');
  const folder = await mkdtemp(join(tmpdir(), 'pc-harness-'));
  try {
    const played = join(root, 'tests', 'support', 'electron', 'played-electron.ts');
    const script = `#!/bin/sh\nexec "${process.execPath}" --inspect=0 "${played}" "$@"\n`;
    await writeFile(join(folder, 'electron'), script, { mode: 0o755 });
    const cli = join(root, 'node_modules', '@playwright', 'test', 'cli.js');
    const said = await new Promise<string>((resolve) => {
      execFile(
        process.execPath,
        [
          cli,
          'test',
          '--config=playwright.electron.config.ts',
          '--reporter=json',
          `--output=${join(folder, 'results')}`,
          `--grep=${SPECS.join('|')}`,
        ],
        { cwd: root, env: { ...withoutOurs(process.env), ELECTRON_OVERRIDE_DIST_PATH: folder }, maxBuffer: 2 ** 26 },
        (_error, stdout, stderr) => resolve(stdout + stderr),
      );
    });
    const report = Report.safeParse(JSON.parse(said.slice(said.indexOf('{'))));
    expect(report.data?.stats, said).toMatchObject({ expected: SPECS.length, unexpected: 0, skipped: 0 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Where this run reports to is not where that one does. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(PLAYWRIGHT|TEST)_/.test(name)));
}
