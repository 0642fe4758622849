import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type TargetName, targets } from '../../../build/program/targets.ts';
import { buildPackages } from './build-packages.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with what `npm run package` has built. */
    built: string;
  }
}

/** Builds the program for every system, and the hub's for this one, once for all files of the layer. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'in-'));
  await buildPackages(folder, 'program', ...(Object.keys(targets) as TargetName[]));
  await buildPackages(folder, 'hub-program', 'linux-x64');
  project.provide('built', folder);
  return () => rm(folder, { recursive: true, force: true });
}
