import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from './bundle.ts';
import { FUSE, injectIntoWindowsProgram, type ProgramVersion, RESOURCE } from './windows-program.ts';

const POSTJECT = join(import.meta.dirname, '../../node_modules/postject/dist/cli.js');
const BLOB = 'portcullis.blob';

export interface SingleExecutable {
  readonly bundle: Bundle;
  /** How Node runs in it. */
  readonly nodeOptions: readonly string[];
  /** A Node of the same version as `targetNode` that runs here. */
  readonly ownNode: string;
  /** The Node that the program is made of. */
  readonly targetNode: string;
  readonly platform: 'linux' | 'win32' | 'darwin';
  /** The program is for this system, so that compiled code can go with it. */
  readonly native: boolean;
  readonly version: ProgramVersion;
  /** For what is made on the way. */
  readonly work: string;
  /** The file to write. */
  readonly out: string;
}

/** Makes one program of Node and the bundle. The same input gives the same bytes. */
export function makeSingleExecutable(made: SingleExecutable): void {
  const blob = makeBlob(made);
  if (made.platform === 'win32') {
    writeFileSync(made.out, injectIntoWindowsProgram(readFileSync(made.targetNode), blob, made.version));
    return;
  }
  cpSync(made.targetNode, made.out);
  chmodSync(made.out, 0o755);
  // In a process of its own, because it warns on standard error of sections that it need not know.
  const segment = made.platform === 'darwin' ? ['--macho-segment-name', 'NODE_SEA'] : [];
  const postject = [POSTJECT, made.out, RESOURCE, join(made.work, BLOB), '--sentinel-fuse', FUSE, ...segment];
  execFileSync(process.execPath, postject, { stdio: 'pipe' });
}

function makeBlob({ bundle, nodeOptions, ownNode, native, work }: SingleExecutable): Buffer {
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'portcullis.cjs'), bundle.main);
  const assets: Record<string, string> = {};
  for (const [name, code] of bundle.threads) {
    assets[name] = `${name}.mjs`;
    writeFileSync(join(work, `${name}.mjs`), code);
  }
  const config = {
    main: 'portcullis.cjs',
    output: BLOB,
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    useCodeCache: native,
    execArgv: nodeOptions,
    execArgvExtension: 'none',
    assets,
  };
  writeFileSync(join(work, 'config.json'), JSON.stringify(config));
  // Names without a folder, because they become part of the program; and compiled code is laid out by a random number.
  const options = ['--random-seed=42', '--experimental-sea-config', 'config.json'];
  execFileSync(ownNode, options, { cwd: work, env: {}, stdio: 'pipe' });
  return readFileSync(join(work, BLOB));
}
