import type { OnReadOpts } from 'node:net';

/** Enough for a handshake or a manifest; what an idle tunnel holds. */
const SMALL_BYTES = 16 * 1024;
/** What a blob is read with: beyond this size, speed gains no more. */
const LARGE_BYTES = 256 * 1024;
/** Large buffers that wait for the next blob. */
const MOST_SPARE = 16;

const spare: Buffer<ArrayBuffer>[] = [];

/** @returns whether `chunk` is done with, and its memory may be read into again. */
type Sink = (chunk: Buffer) => boolean;

/**
 * How a socket is read without an allocation per chunk: into one buffer, used again as soon as its bytes are passed on. It is
 * small until it is once filled, and small again when less comes, so that thousands of idle tunnels cost little. Made before
 * the socket, as `net.connect` wants it; the sink comes with the tunnel, before the first byte.
 */
export interface Inflow {
  readonly onread: OnReadOpts;
  /** Where bytes go. A sink that answers false is not called again before the socket is resumed. */
  flowTo(sink: Sink): void;
}

export function createInflow(): Inflow {
  let sink: Sink = () => true;
  let next = Buffer.allocUnsafeSlow(SMALL_BYTES);
  return {
    onread: {
      buffer: () => next,
      callback: (length, read) => {
        const buffer = read as Buffer<ArrayBuffer>;
        const done = sink(buffer.subarray(0, length));
        if (length === buffer.length && length < LARGE_BYTES) next = spare.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
        else if (length <= SMALL_BYTES && buffer.length > SMALL_BYTES) {
          next = Buffer.allocUnsafeSlow(SMALL_BYTES);
          // One that is still being written from is left to the garbage collector.
          if (done && spare.length < MOST_SPARE) spare.push(buffer);
        }
        return done;
      },
    },
    flowTo(to) {
      sink = to;
    },
  };
}
