import { execFile } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The wall clock of one process, as a test wants it; the machine's own stays as it is. */
export interface PlayedClock {
  /** Put before the command whose process is to have it. */
  within: string[];
  /** @param seconds against the machine's; the process sees it at once. */
  move(seconds: number): Promise<void>;
}

/** @param folder that the process can read. */
export async function playClock(folder: string): Promise<PlayedClock> {
  const library = join(folder, 'clock.so');
  const file = join(folder, 'clock');
  await writeFile(file, Buffer.alloc(8));
  await promisify(execFile)('gcc', ['-shared', '-fPIC', '-O2', '-o', library, join(import.meta.dirname, 'clock.c')]);
  return {
    within: ['env', `LD_PRELOAD=${library}`, `PORTCULLIS_TEST_CLOCK=${file}`],
    async move(seconds) {
      const moved = Buffer.alloc(8);
      moved.writeBigInt64LE(BigInt(seconds));
      // In place, and never shorter: it is mapped.
      await using handle = await open(file, 'r+');
      await handle.write(moved, 0, moved.length, 0);
    },
  };
}
