import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { statements, wxs } from './wxs.ts';

const ICON = join(import.meta.dirname, '..', 'icon.ico');

/**
 * Packs the built program for Windows Installer, with wixl and msibuild (Debian: wixl, msitools).
 *
 * @param program the folder that `buildProgram` has made for win32-x64
 */
export function buildMsi(
  program: string,
  out: string,
  { version, manufacturer }: { version: string; manufacturer: string },
): void {
  mkdirSync(dirname(out), { recursive: true });
  const work = mkdtempSync(`${out}.building-`);
  try {
    const files = readdirSync(program, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(program, join(entry.parentPath, entry.name)))
      .sort();
    const folder = join(work, 'files');
    cpSync(program, folder, { recursive: true });
    cpSync(ICON, join(folder, 'portcullis.ico'));
    writeFileSync(join(work, 'portcullis.wxs'), wxs({ version, manufacturer, files }));
    const made = join(work, 'portcullis.msi');
    run(folder, 'wixl', '--arch', 'x64', '--output', made, join(work, 'portcullis.wxs'));
    for (const statement of statements()) run(work, 'msibuild', made, '-q', statement);
    if (!existsSync(made)) throw new Error('wixl has made nothing');
    renameSync(made, out);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What wixl does not know it leaves out with a warning: that is a failure. */
function run(cwd: string, command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status !== 0 || stderr.trim() !== '') throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${stderr}`);
}
