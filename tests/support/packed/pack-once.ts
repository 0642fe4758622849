import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureUser } from '../../setup/electron.ts';
import type { TestUser } from './installed-machine.ts';
import { packProgram } from './pack-program.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** null where the packed program cannot be run: it takes Linux, and root to make machines and their users. */
    packed: { folder: string; user: TestUser } | null;
  }
}

/** Packs the program with a real Electron once for all files of the layer. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const electron = process.env.PORTCULLIS_TEST_ELECTRON;
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || electron === undefined) {
    project.provide('packed', null);
    return undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'pk-'));
  const { user: uid, group: gid } = ensureUser();
  project.provide('packed', { folder: await packProgram(electron, folder), user: { uid, gid } });
  return () => rm(folder, { recursive: true, force: true });
}
