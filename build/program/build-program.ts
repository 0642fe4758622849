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
import { GATEWAY_NODE_OPTIONS, HUB_NODE_OPTIONS } from './node-options.ts';
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
  const { program, koffi } = targets[name];
  const description = 'Portcullis gateway and command line';
  const entry = 'main/cli/single-program.ts';
  const nodeOptions = GATEWAY_NODE_OPTIONS;
  await build({ root, name, out, cache, program, entry, description, nodeOptions }, (made) => {
    cpSync(join(packageFolder(root, koffi.package, cache), koffi.file), join(made, 'koffi.node'));
    chmodSync(join(made, 'koffi.node'), 0o644);
    buildPanel(root, join(made, 'panel'));
  });
}

/** Systems that the hub's program is built for. */
export const hubTargets = ['linux-x64', 'linux-arm64'] as const satisfies readonly TargetName[];

/** Builds the hub's program for one system: `portcullis-hub`, `dashboard/` and `licenses.md`. Parameters as of `buildProgram`. */
export async function buildHubProgram(
  root: string,
  name: (typeof hubTargets)[number],
  out: string,
  cache: string,
): Promise<void> {
  const description = 'Portcullis hub';
  const program = 'portcullis-hub';
  const entry = 'main/cli/hub-single-program.ts';
  const nodeOptions = HUB_NODE_OPTIONS;
  await build({ root, name, out, cache, program, entry, description, nodeOptions }, (made) =>
    buildPages(root, 'vite.dashboard.config.ts', join(made, 'dashboard')),
  );
}

/** @param addMore puts more beside the program */
async function build(
  {
    root,
    name,
    out,
    cache,
    ...made
  }: Readonly<Record<'root' | 'out' | 'cache' | 'program' | 'entry' | 'description', string>> & {
    name: TargetName;
    nodeOptions: readonly string[];
  },
  addMore: (folder: string) => void = () => undefined,
): Promise<void> {
  const target: Target = targets[name];
  const ownName = `${process.platform}-${process.arch}`;
  if (!isTargetName(ownName)) throw new Error(`there is no Node for ${ownName} among the pinned packages`);
  // Not the Node that runs this: what it compiles has to fit the pinned one.
  const own: Target = targets[ownName];
  const { version, author, license } = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  mkdirSync(join(out, '..'), { recursive: true });
  const folder = mkdtempSync(`${out}.building-`);
  try {
    const content = join(folder, 'made');
    mkdirSync(content);
    const nodeFolder = packageFolder(root, target.node.package, cache);
    const bundle = await bundleProgram(root, made.entry);
    makeSingleExecutable({
      bundle,
      nodeOptions: made.nodeOptions,
      ownNode: join(packageFolder(root, own.node.package, cache), own.node.file),
      targetNode: join(nodeFolder, target.node.file),
      platform: target.platform,
      native: target === own,
      version: {
        version,
        description: made.description,
        company: author,
        copyright: `Licensed under the ${license} license`,
      },
      work: join(folder, 'work'),
      out: join(content, made.program),
    });
    addMore(content);
    const packages = bundle.packages.map((path) => join(root, path));
    writeFileSync(join(content, 'licenses.md'), licensesOf([nodeFolder, ...packages]));
    rmSync(out, { recursive: true, force: true });
    renameSync(content, out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function packageFolder(root: string, wanted: string, cache: string): string {
  const installed = join(root, 'node_modules', wanted);
  return existsSync(installed) ? installed : fetchPackage(root, wanted, cache);
}

/** The panel, for `portcullis agent run`. */
export function buildPanel(root: string, out: string): void {
  buildPages(root, 'vite.config.ts', out);
}

/** @param config of vite, in the checkout */
function buildPages(root: string, config: string, out: string): void {
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  // React's production build, whatever this process runs for.
  const { NODE_ENV: _, ...env } = process.env;
  const args = [vite, 'build', '--config', config, '--outDir', out, '--emptyOutDir', '--logLevel', 'warn'];
  execFileSync(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
}
