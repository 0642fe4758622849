import { ProblemError } from '../../shared/problem.ts';

/**
 * Reads a body to its end, but never more than `max` bytes of it: the length is judged before anything is read and
 * again while it streams, because a header can lie and compression hides the size.
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
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (length > max) throw tooLarge(max, length);
    chunks.push(chunk);
    onChunk();
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(max: number, seen: number): ProblemError {
  return new ProblemError({
    code: 'too-large',
    message: 'The answer is larger than it may be.',
    cause: `${seen} bytes or more, at most ${max}`,
    next: 'Tell your administrator.',
  });
}
