import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { productCode } from './identifiers.ts';

/** One program with the package inside, made by makensis (Debian: nsis). */
export function buildExe(
  msi: string,
  out: string,
  { version, manufacturer }: { version: string; manufacturer: string },
): void {
  mkdirSync(dirname(out), { recursive: true });
  const defined = {
    ...{ VERSION: version, COMPANY: manufacturer, MSI: resolve(msi), OUT: resolve(out), PRODUCT: productCode(version) },
    ICON: join(import.meta.dirname, '..', 'icon.ico'),
  };
  const options = Object.entries(defined).map(([name, value]) => `-D${name}=${value}`);
  const script = join(import.meta.dirname, 'installer.nsi');
  // Warnings are failures.
  execFileSync('makensis', ['-V2', '-WX', ...options, script], { stdio: ['ignore', 'ignore', 'inherit'] });
}
