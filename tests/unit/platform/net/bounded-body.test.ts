import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBounded } from '../../../../main/platform/net/bounded-body.ts';

/** A body that comes in these chunks, each in the same memory as the one before, which is used again. */
function inOneBuffer(chunks: readonly Uint8Array[]): Response {
  const memory = new Uint8Array(Math.max(1, ...chunks.map(({ byteLength }) => byteLength)));
  const left = [...chunks];
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const next = left.shift();
        if (next === undefined) return controller.close();
        memory.set(next);
        controller.enqueue(memory.subarray(0, next.byteLength));
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(stream);
}

describe('a body', () => {
  it('is read whole, and nothing of a chunk is kept but its bytes', async () => {
    // Around the size in which it is kept.
    const size = fc.oneof(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 65_530, max: 65_540 }),
      fc.constant(200_000),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(size, { maxLength: 8 }), fc.nat(255), async (sizes, seed) => {
        const chunks = sizes.map((bytes, index) => new Uint8Array(bytes).fill((seed + index) % 256));
        const body = await readBounded(inOneBuffer(chunks), 10_000_000);
        expect(body.equals(Buffer.concat(chunks))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('may come byte by byte', async () => {
    const bytes = Array.from({ length: 300 }, (_, index) => Uint8Array.of(index % 251));
    const body = await readBounded(inOneBuffer(bytes), 300);
    expect(body.equals(Buffer.concat(bytes))).toBe(true);
  });

  it('is refused as soon as it is too long, by its header or by its bytes', async () => {
    const announced = new Response('', { headers: { 'content-length': '11' } });
    await expect(readBounded(announced, 10)).rejects.toMatchObject({ problem: { code: 'too-large' } });
    const long = inOneBuffer(Array.from({ length: 100 }, () => new Uint8Array(6)));
    await expect(readBounded(long, 10)).rejects.toMatchObject({
      problem: { code: 'too-large', cause: '12 bytes or more, at most 10' },
    });
  });
});
