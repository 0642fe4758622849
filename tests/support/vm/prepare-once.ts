import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildProgram } from '../../../build/program/build-program.ts';
import { runCommand, runOrThrow } from '../../../main/platform/process/run-command.ts';
import { layOutVmImage } from '../../setup/vm-image.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with what qemu boots, and the file system with our program. */
    vm: { image: string; program: string };
  }
}

/** The machine is made, where it is not cached, and the program that is installed on it is built. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = join(import.meta.dirname, '../../..');
  const image = layOutVmImage(process.env, Date.now());
  const folder = await mkdtemp(join(tmpdir(), 'vm-program-'));
  const built = join(folder, 'built');
  await buildProgram(root, 'linux-x64', built, join(folder, 'cache'));
  const program = join(folder, 'program.img');
  await runOrThrow(runCommand, ['mke2fs', '-q', '-t', 'ext4', '-O', '^has_journal', '-d', built, program, '200M'], {
    timeout: 300_000,
  });
  project.provide('vm', { image, program });
  return () => rm(folder, { recursive: true, force: true });
}
