import { join } from 'node:path';
import { releaseOf } from '../release.ts';
import { buildMacProgram } from './build-mac-program.ts';
import { buildGatewayPkg } from './gateway-pkg.ts';

/** Builds the package of the gateway for macOS, and the program in it. @returns the path of the package */
export async function buildMac(root: string, out: string, cache: string): Promise<string> {
  const program = join(out, 'program', 'darwin-x64');
  await buildMacProgram(root, program, cache);
  return buildGatewayPkg(program, join(out, 'mac'), { ...releaseOf(root), architecture: 'x86_64' });
}
