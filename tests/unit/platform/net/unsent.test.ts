import { Duplex, duplexPair } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerLines } from '../../../../main/platform/net/lines.ts';
import { createUnsent } from '../../../../main/platform/net/unsent.ts';

const KIB = 1024;

/** A stream whose other end takes nothing until `take` is called. */
function slowPeer() {
  let taken: (() => void) | undefined;
  const stream = new Duplex({
    writableHighWaterMark: KIB,
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      taken = done;
    },
  });
  return { stream, take: () => taken?.() };
}

describe('what peers have been sent and do not take', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const limits = { perPeer: 100 * KIB, total: 150 * KIB, stalled: 30_000 };

  const send = (unsent: ReturnType<typeof createUnsent>, stream: Duplex, bytes: number): void => {
    stream.write(Buffer.alloc(bytes));
    unsent.wrote(stream);
  };

  it('is bounded for each', () => {
    const unsent = createUnsent(limits);
    const { stream } = slowPeer();
    send(unsent, stream, 90 * KIB);
    expect(stream.destroyed).toBe(false);
    send(unsent, stream, 20 * KIB);
    expect(stream.destroyed).toBe(true);
    expect(unsent.waiting()).toBe(0);
  });

  it('is bounded for all together: whoever has been behind longest is dropped, not whoever asked last', () => {
    const unsent = createUnsent(limits);
    const peers = Array.from({ length: 5 }, () => slowPeer().stream);
    for (const stream of peers) send(unsent, stream, 60 * KIB);
    expect(peers.map(({ destroyed }) => destroyed)).toEqual([true, true, true, false, false]);
    expect(unsent.waiting()).toBeLessThanOrEqual(limits.total);
  });

  it('ends a peer that takes nothing for too long, and none that has caught up', async () => {
    const unsent = createUnsent(limits);
    const [silent, reading] = [slowPeer(), slowPeer()];
    send(unsent, silent.stream, 10 * KIB);
    send(unsent, reading.stream, 10 * KIB);
    reading.take();
    await vi.advanceTimersByTimeAsync(limits.stalled);
    expect(silent.stream.destroyed).toBe(true);
    expect(reading.stream.destroyed).toBe(false);
    expect(unsent.waiting()).toBe(0);
  });
});

describe('lines that are answered', () => {
  it('wait while the answers are not taken, and all get theirs in the end', async () => {
    const [here, there] = duplexPair({ highWaterMark: KIB });
    let answered = 0;
    answerLines(
      there,
      { maxBytes: 100, maxAtOnce: 4 },
      async () => {
        answered += 1;
        there.write(Buffer.alloc(10 * KIB));
      },
      () => undefined,
    );
    here.write('ask\n'.repeat(100));
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBeLessThanOrEqual(4);
    let received = 0;
    for await (const chunk of here) {
      received += chunk.length;
      if (received === 100 * 10 * KIB) break;
    }
    expect(answered).toBe(100);
  });

  it('are answered so many at once', async () => {
    const [here, there] = duplexPair();
    let running = 0;
    let most = 0;
    const all = Promise.withResolvers<void>();
    let left = 20;
    answerLines(
      there,
      { maxBytes: 100, maxAtOnce: 3 },
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        left -= 1;
        if (left === 0) all.resolve();
      },
      () => undefined,
    );
    here.write('ask\n'.repeat(20));
    await all.promise;
    expect(most).toBe(3);
  });
});
