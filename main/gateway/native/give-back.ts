import { openLibc } from './libc.ts';

/** madvise(2), the same number on x86-64 and arm64. */
const MADV_DONTNEED = 4;

/** Gives memory back to the machine. Whoever still reads it reads zeros. Resolves once it is free; never rejects. */
export type GiveBack = (memory: SharedArrayBuffer) => Promise<void>;

/**
 * Shared memory is V8's to free, and it does so once every thread that had it has collected its garbage: a thread that answers questions
 * would stand still for 10 to 20 ms. The kernel takes the pages back at once instead, on a thread of Node's pool; only the addresses wait for
 * the next collection.
 *
 * null where Linux's own calls cannot be made: see `openLibc`.
 */
export async function openGiveBack(
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<GiveBack | null> {
  // It opens no descriptor.
  const libc = await openLibc(new Uint8Array(0), platform, architecture);
  if (libc === null) return null;
  const madvise = libc.func('int madvise(void *, size_t, int)');
  const page = BigInt(libc.func('int getpagesize()')() as number);
  return (memory) => {
    // Whole pages only: what else lies in the first and the last one is not ours.
    const start = BigInt(libc.koffi.address(new Uint8Array(memory)));
    const from = ((start + page - 1n) / page) * page;
    const to = ((start + BigInt(memory.byteLength)) / page) * page;
    if (to <= from) return Promise.resolve();
    return new Promise((resolve) => {
      // Where the kernel refuses, V8 frees it later. `memory` is kept until then: its addresses must not become somebody else's.
      madvise.async(from, to - from, MADV_DONTNEED, () => resolve(void memory.byteLength));
    });
  };
}
