import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { bundleProgram } from './bundle.ts';
import { fetchPackage } from './fetch-package.ts';
import { licensesOf } from './licenses.ts';
import { makeSingleExecutable } from './single-executable.ts';
import { isTargetName, type Target, type TargetName, targets } from './targets.ts';

const Manifest = z.object({ version: z.string(), author: z.string(), license: z.string() });

/**
 * Builds the program for one system: `portcullis` (or `portcullis.exe`), `koffi.node`, `panel/` and `licenses.md`.
 *
 * @param root the checkout
 * @param out the folder that is to hold them, and nothing else; one that is there is replaced
 * @param cache keeps packages of other systems between builds
 */
export async function buildProgram(root: string, name: TargetName, out: string, cache: string): Promise<void> {
  const target: Target = targets[name];
  const ownName = `${process.platform}-${process.arch}`;
  if (!isTargetName(ownName)) throw new Error(`there is no Node for ${ownName} among the pinned packages`);
  // Not the Node that runs this: what it compiles has to fit the pinned one.
  const own: Target = targets[ownName];
  const { version, author, license } = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  mkdirSync(join(out, '..'), { recursive: true });
  const folder = mkdtempSync(`${out}.building-`);
  try {
    const work = join(folder, 'work');
    const made = join(folder, 'made');
    mkdirSync(made);
    const packageFolder = (wanted: string) => {
      const installed = join(root, 'node_modules', wanted);
      return existsSync(installed) ? installed : fetchPackage(root, wanted, cache);
    };
    const nodeFolder = packageFolder(target.node.package);
    const koffiFolder = packageFolder(target.koffi.package);
    const bundle = await bundleProgram(root, 'main/cli/single-program.ts');
    makeSingleExecutable({
      bundle,
      ownNode: join(packageFolder(own.node.package), own.node.file),
      targetNode: join(nodeFolder, target.node.file),
      platform: target.platform,
      native: target === own,
      version: {
        version,
        description: 'Portcullis gateway and command line',
        company: author,
        copyright: `Licensed under the ${license} license`,
      },
      work,
      out: join(made, target.program),
    });
    cpSync(join(koffiFolder, target.koffi.file), join(made, 'koffi.node'));
    chmodSync(join(made, 'koffi.node'), 0o644);
    buildPanel(root, join(made, 'panel'));
    const packages = bundle.packages.map((path) => join(root, path));
    writeFileSync(join(made, 'licenses.md'), licensesOf([nodeFolder, ...packages]));
    rmSync(out, { recursive: true, force: true });
    renameSync(made, out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The panel, for `portcullis agent run`. */
export function buildPanel(root: string, out: string): void {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  // React's production build, whatever this process runs for.
  const { NODE_ENV: _, ...env } = process.env;
  const args = [vite, 'build', '--outDir', out, '--emptyOutDir', '--logLevel', 'warn'];
  execFileSync(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
}
