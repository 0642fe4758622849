import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildMsi } from '../../../build/windows/msi.ts';
import { runCommand, runOrThrow } from '../../../main/platform/process/run-command.ts';
import { withoutVirtualAlloc2 } from './wine.ts';

/** The built program in a folder of the test's own, such that Wine can run it. */
export function programForWine(built: string, folder: string): void {
  cpSync(built, folder, { recursive: true });
  const program = join(folder, 'portcullis.exe');
  writeFileSync(program, withoutVirtualAlloc2(readFileSync(program)));
}

/**
 * The package as it is built, of a program that Wine can run. When a newer version takes its place, Wine does not say so
 * (UPGRADINGPRODUCTCODE): `replaced` is for a package that will be replaced, and leaves out what Windows leaves out then.
 */
export async function msiForWine(program: string, out: string, version: string, replaced = false): Promise<void> {
  buildMsi(program, out, { version, manufacturer: 'A test' });
  const change = (statement: string) => runOrThrow(runCommand, ['msibuild', out, '-q', statement], { timeout: 60_000 });
  if (replaced) await change("UPDATE `InstallExecuteSequence` SET `Condition` = '0' WHERE `Action` = 'SetupRemove'");
}

/** The rows of a table, by their first column. */
export async function tableOf(msi: string, name: string): Promise<Map<string, string[]>> {
  const { stdout } = await runOrThrow(runCommand, ['msiinfo', 'export', msi, name], { timeout: 60_000 });
  const rows = stdout
    .split(/\r?\n/)
    .slice(3)
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  return new Map(rows.map(([key = '', ...columns]) => [key, columns]));
}
