import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const steps: string[] = [];

/** The real ones, which tell in which order they have done what. */
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      const file = await real.open(...args);
      const name = basename(String(args[0]))
        .replace(/^\.state\.json\..*\.tmp$/, 'temporary')
        .replace(/^portcullis-.*/, 'folder');
      for (const step of ['writeFile', 'sync'] as const) {
        const original = file[step].bind(file) as (...given: unknown[]) => Promise<void>;
        file[step] = async (...given: unknown[]) => {
          await original(...given);
          steps.push(`${step} ${name}`);
        };
      }
      return file;
    },
    rename: async (...args: Parameters<typeof real.rename>) => {
      await real.rename(...args);
      steps.push(`rename to ${basename(String(args[1]))}`);
    },
  };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-order-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('a file is on disk before it takes the place of the old one, and so is the folder before it is said to be written', async () => {
  // Another test of this worker may have loaded it before, over the real ones.
  vi.resetModules();
  const { writeFileAtomic } = await import('../../../../main/platform/fs/atomic-file.ts');
  await writeFileAtomic(join(folder, 'state.json'), 'new');
  expect(steps).toEqual(['writeFile temporary', 'sync temporary', 'rename to state.json', 'sync folder']);
});
