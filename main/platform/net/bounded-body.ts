import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';

/**
 * Reads a body to its end, but never more than `max` bytes of it. The length is checked before anything is read and again
 * while it streams, because a header can lie and compression hides the size.
 *
 * @param onChunk called as bytes arrive; restarts the caller's idle timer.
 * @throws ProblemError `too-large`; what `fetch` throws when the connection breaks.
 */
export async function readBounded(response: Response, max: number, onChunk: () => void = () => {}): Promise<Buffer> {
  const announced = Number(response.headers.get('content-length'));
  if (announced > max) {
    await response.body?.cancel().catch(() => undefined);
    throw tooLarge(max, announced);
  }
  if (response.body === null) return Buffer.alloc(0);
  const blocks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (length > max) throw tooLarge(max, length);
    append(blocks, length - chunk.byteLength, chunk);
    onChunk();
  }
  return Buffer.concat(blocks, length);
}

/** A server chooses how small its chunks are, and each may hold a whole buffer of the network's in memory: so none is kept. */
const BLOCK_BYTES = 64 * 1024;

/** @param at where in the blocks, all full but the last */
function append(blocks: Buffer[], at: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.byteLength; ) {
    const offset = (at + done) % BLOCK_BYTES;
    const block = offset === 0 ? Buffer.allocUnsafeSlow(BLOCK_BYTES) : blocks.at(-1);
    if (block === undefined) return;
    if (offset === 0) blocks.push(block);
    const part = chunk.subarray(done, done + BLOCK_BYTES - offset);
    block.set(part, offset);
    done += part.byteLength;
  }
}

function tooLarge(max: number, seen: number): ProblemError {
  return new ProblemError(problem('too-large', {}, { cause: `${seen} bytes or more, at most ${max}` }));
}
