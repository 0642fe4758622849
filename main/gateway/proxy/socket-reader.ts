import { type BoundSocket, type OnReadOpts, Socket } from 'node:net';

/** Beyond this size, speed gains no more: what a blob is read with. */
const LARGE_BYTES = 256 * 1024;
/** Large buffers that wait for the next blob. */
const MOST_SPARE = 16;

const spare: Buffer<ArrayBuffer>[] = [];

/** @returns whether `chunk` is done with, and its memory may be read into again. */
type Sink = (chunk: Buffer) => boolean;

/** Where the bytes go that come in at a socket. */
export interface SocketReader {
  /** A sink that answers false is not called again before the socket is resumed. */
  flowTo(sink: Sink): void;
}

/**
 * How a socket is read without an allocation per chunk: into one buffer, used again as soon as its bytes are passed on. It is
 * small until it is once filled, and small again when less comes, so that thousands of idle tunnels cost little. Made before
 * the socket, as `net.connect` wants it; the sink comes with the tunnel, before the first byte.
 *
 * @param smallBytes what an idle one holds: enough for a handshake or a manifest
 */
export function createSocketReader(smallBytes: number): SocketReader & { readonly onread: OnReadOpts } {
  let sink: Sink = () => true;
  let next = Buffer.allocUnsafeSlow(smallBytes);
  return {
    onread: {
      buffer: () => next,
      callback: (length, read) => {
        const buffer = read as Buffer<ArrayBuffer>;
        const done = sink(buffer.subarray(0, length));
        if (length === buffer.length && length < LARGE_BYTES) next = spare.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
        else if (length <= smallBytes && buffer.length > smallBytes) {
          next = Buffer.allocUnsafeSlow(smallBytes);
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

/** A socket that is read in chunks, as Node does by itself. */
export function chunksOf(socket: Socket): SocketReader {
  return {
    flowTo(sink) {
      socket.on('data', (chunk: Buffer) => {
        if (!sink(chunk)) socket.pause();
      });
    },
  };
}

/**
 * Moves the connection of `socket` to a new socket that is read with `onread`: servers have no such option for the sockets they
 * accept. `socket` still counts as a connection of its server and is destroyed with the new one. It must hold no unread bytes.
 *
 * Node's cluster, TLS and HTTP/2 modules do it like this, and it is documented nowhere: where a socket does not look as expected
 * the answer is null, and `chunksOf` serves as well, only slower.
 */
export function adoptSocket(socket: Socket, onread: OnReadOpts): Socket | null {
  const inner = socket as { _handle?: unknown };
  const handle = inner._handle;
  if (!isHandle(handle) || socket.destroyed || socket.readableEnded || socket.writableLength > 0) return null;
  // The new socket begins to read by itself. An end that the other one has heard of already is then heard again.
  handle.readStop();
  handle.reading = false;
  try {
    const taken = new Socket({ handle: handle as object as BoundSocket, onread, allowHalfOpen: true });
    inner._handle = null;
    taken.once('close', () => socket.destroy());
    return taken;
  } catch {
    return null;
  }
}

interface Handle {
  reading: boolean;
  readStart(): number;
  readStop(): number;
  useUserBuffer(buffer: Uint8Array): void;
}

function isHandle(value: unknown): value is Handle {
  const methods: (keyof Handle)[] = ['readStart', 'readStop', 'useUserBuffer'];
  const found = value as Record<string, unknown> | null | undefined;
  return typeof found === 'object' && found !== null && methods.every((name) => typeof found[name] === 'function');
}
