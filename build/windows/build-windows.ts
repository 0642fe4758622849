import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { buildProgram } from '../program/build-program.ts';
import { buildExe } from './exe.ts';
import { productCode, UPGRADE_CODE } from './identifiers.ts';
import { buildMsi } from './msi.ts';
import { type SigningCertificate, sign } from './sign.ts';

const Manifest = z.object({ version: z.string().regex(/^\d+\.\d+\.\d+$/), author: z.string() });

/**
 * Builds what is installed on Windows: `portcullis-gateway-VERSION.msi`, `PortcullisInstaller-VERSION.exe` and `product.json` with the codes
 * that device management looks for. With a certificate the program, the package and the installer are signed, in this order.
 *
 * @param out the folder that is to hold them, and nothing else; one that is there is replaced
 */
export async function buildWindows(
  root: string,
  out: string,
  cache: string,
  certificate: SigningCertificate | null,
): Promise<void> {
  const { version, author } = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  mkdirSync(join(out, '..'), { recursive: true });
  const work = mkdtempSync(`${out}.building-`);
  try {
    const program = join(work, 'program');
    await buildProgram(root, 'win32-x64', program, cache);
    const made = join(work, 'made');
    packWindows(program, made, { version, manufacturer: author }, certificate);
    rmSync(out, { recursive: true, force: true });
    renameSync(made, out);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The same of a program that is built. It is signed in a copy. */
export function packWindows(
  program: string,
  out: string,
  described: { version: string; manufacturer: string },
  certificate: SigningCertificate | null,
): void {
  const { version } = described;
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, 'packing-'));
  try {
    const files = join(work, 'program');
    cpSync(program, files, { recursive: true });
    const signed = (file: string): void => (certificate === null ? undefined : sign(file, certificate));
    signed(join(files, 'portcullis.exe'));
    const msi = join(out, `portcullis-gateway-${version}.msi`);
    buildMsi(files, msi, described);
    signed(msi);
    const exe = join(out, `PortcullisInstaller-${version}.exe`);
    buildExe(msi, exe, described);
    signed(exe);
    const codes = { version, productCode: productCode(version), upgradeCode: UPGRADE_CODE };
    writeFileSync(join(out, 'product.json'), `${JSON.stringify(codes, null, 2)}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
