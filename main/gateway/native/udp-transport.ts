import type { SocketAddress } from '../../platform/net/socket-address.ts';

/** How this process speaks UDP: by Node's `dgram`, or on Linux by system calls that carry many datagrams at once. */
export interface UdpTransport {
  /** Whether one system call carries many datagrams. */
  readonly batches: boolean;
  /**
   * Binds an address, only IPv6 where it is one, and passes each datagram to `handler`, which must not throw.
   * Rejects with an Error with a `code`, as Node's own calls do.
   */
  listen(options: UdpListenOptions, handler: DatagramHandler): Promise<UdpListener>;
  /** A socket on a port that the kernel picks, which receives from this peer only. */
  connect(peer: SocketAddress, events: UdpEvents): ConnectedUdpSocket;
}

export interface UdpListenOptions {
  address: SocketAddress;
  /** Other threads bind the same address (SO_REUSEPORT). */
  shared: boolean;
  receiveBufferBytes: number;
  /** A socket that is bound already, which the listener closes: only where `batches` is true. */
  descriptor?: number | undefined;
}

/** What waits while nobody reads: some ten thousand questions. */
export const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

export interface UdpListener {
  /** Reads no more, and can still send; only where `batches` is true. */
  pause(): void;
  close(): Promise<void>;
}

/** Returns how many bytes of `datagram.reply` to send to the sender now; 0 or less for none. */
export type DatagramHandler = (datagram: Datagram) => number;

/** One datagram. The object and its memory are reused once the handler has returned. */
export interface Datagram {
  /** The message is the first `length` of these. */
  bytes: Uint8Array;
  length: number;
  /** The sender's address, always in the same spelling. */
  sender: string;
  /** While the kernel is about to drop what comes next, the number of this crowd (`Crowd`); else, or where that cannot be seen, 0. */
  crowd: number;
  /** Room for `MAX_REPLY_BYTES`. */
  reply: Uint8Array;
  /** A function that replies to this sender after the handler has returned. */
  replyLater(): SendReply;
}

export type SendReply = (message: Uint8Array, length: number) => void;

/** The longest reply that fits into `Datagram.reply`; `SendReply` takes longer ones. */
export const MAX_REPLY_BYTES = 4096;

/** Never called before the call that caused them has returned. */
export interface UdpEvents {
  /** The message is the receiver's to keep. */
  message(message: Buffer): void;
  /** A call failed, for example with ECONNREFUSED. A full buffer is no error: that datagram is lost like any other. */
  error(error: NodeJS.ErrnoException & { code: string }): void;
}

export interface ConnectedUdpSocket {
  send(message: Uint8Array): void;
  close(): void;
}
