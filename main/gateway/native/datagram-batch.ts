import { pooledCopy } from './pooled-copy.ts';
import { MAX_REPLY_BYTES } from './udp-transport.ts';

/**
 * Memory for recvmmsg(2) and sendmmsg(2), laid out as on Linux on x86-64 and arm64: names (socket addresses), pieces of memory
 * (struct iovec), and headers (struct mmsghdr) that hold the addresses of both.
 */
export const AF_INET = 2;
export const AF_INET6 = 10;

/** The most messages per call. */
export const BATCH_SIZE = 64;
/** What is read of a message: a question needs far less, and what is cut off is malformed. */
const MESSAGE_BYTES = MAX_REPLY_BYTES;

/** struct sockaddr_in6, the larger one. */
export const IPV6_NAME_BYTES = 28;
const NAME_STRIDE = 32;
const NAME_WORDS = NAME_STRIDE / 4;
/** struct iovec: address, length. */
const IOVEC_BYTES = 16;
const IOVEC_WORDS = IOVEC_BYTES / 4;
/** struct mmsghdr: msg_name, msg_namelen, msg_iov, msg_iovlen, msg_control, msg_controllen, msg_flags, msg_len. */
const HEADER_BYTES = 64;
const HEADER_WORDS = HEADER_BYTES / 4;
const NAMELEN_WORD = 2;
const LENGTH_WORD = 14;

/** `BATCH_SIZE` headers, each with a name and one piece of memory, as recvmmsg and sendmmsg read them. */
interface Messages {
  headers: Uint8Array;
  headerWords: Uint32Array;
  /** Two words of address and two of length for each. */
  iovecWords: Uint32Array;
  rooms: Uint8Array[];
}

/** The memory that datagrams are read into and answered from, again and again. */
export class DatagramBatch {
  /** Room for each message, which is the first `lengthOf` bytes. */
  readonly messages: readonly Uint8Array[];
  /** Room for an answer to each, as large. */
  readonly answers: readonly Uint8Array[];
  readonly #incoming: Messages;
  readonly #outgoing: Messages;
  #replies = 0;
  #received = BATCH_SIZE;
  readonly #names = new ArrayBuffer(BATCH_SIZE * NAME_STRIDE);
  readonly #nameBytes = new Uint8Array(this.#names);
  readonly #nameWords = new Uint32Array(this.#names);
  /** The address of each of `answers`: the headers of replies are packed, so theirs may be another index. */
  readonly #answerAddresses: Uint32Array;
  readonly #lastWords = new Uint32Array(NAME_WORDS);
  #lastText = '';

  /** @param addressOf the address of a buffer. It stays valid: V8 moves only much smaller ones. */
  constructor(addressOf: (buffer: ArrayBuffer) => bigint) {
    const names = addressOf(this.#names);
    const messages = (): Messages => {
      const room = new ArrayBuffer(BATCH_SIZE * MESSAGE_BYTES);
      const iovecs = new BigUint64Array(BATCH_SIZE * 2);
      const headers = new BigUint64Array((BATCH_SIZE * HEADER_BYTES) / 8);
      for (let i = 0; i < BATCH_SIZE; i += 1) {
        iovecs.set([addressOf(room) + BigInt(i * MESSAGE_BYTES), BigInt(MESSAGE_BYTES)], i * 2);
        const [name, iovec] = [names + BigInt(i * NAME_STRIDE), addressOf(iovecs.buffer) + BigInt(i * IOVEC_BYTES)];
        headers.set([name, BigInt(IPV6_NAME_BYTES), iovec, 1n], (i * HEADER_BYTES) / 8);
      }
      return {
        headers: new Uint8Array(headers.buffer),
        headerWords: new Uint32Array(headers.buffer),
        iovecWords: new Uint32Array(iovecs.buffer),
        rooms: Array.from({ length: BATCH_SIZE }, (_, i) => new Uint8Array(room, i * MESSAGE_BYTES, MESSAGE_BYTES)),
      };
    };
    this.#incoming = messages();
    this.#outgoing = messages();
    this.messages = this.#incoming.rooms;
    this.answers = this.#outgoing.rooms;
    this.#answerAddresses = this.#outgoing.iovecWords.slice();
  }

  /** The headers for recvmmsg, which overwrites the batch: tell `received`. */
  toReceive(): Uint8Array {
    const { headers, headerWords } = this.#incoming;
    this.#replies = 0;
    // The kernel has written the length of each name that it has received, and of no other.
    for (let i = 0; i < this.#received; i += 1) headerWords[i * HEADER_WORDS + NAMELEN_WORD] = IPV6_NAME_BYTES;
    return headers;
  }

  received(count: number): void {
    this.#received = count;
  }

  /** The number of replies since the last `toReceive`. */
  get replies(): number {
    return this.#replies;
  }

  /** The headers for sendmmsg, from this reply on. */
  toSend(first: number): Uint8Array {
    const { headers } = this.#outgoing;
    return first === 0 ? headers : headers.subarray(first * HEADER_BYTES);
  }

  lengthOf(index: number): number {
    return this.#incoming.headerWords[index * HEADER_WORDS + LENGTH_WORD] as number;
  }

  portOf(index: number): number {
    const at = index * NAME_STRIDE;
    return ((this.#nameBytes[at + 2] as number) << 8) | (this.#nameBytes[at + 3] as number);
  }

  /** The sender's address as text; equal addresses give equal texts. */
  addressOf(index: number): string {
    const words = this.#nameWords;
    const at = index * NAME_WORDS;
    const family = (words[at] as number) & 0xffff;
    // Usually the same client as before. The first word also holds the port, the second one of IPv6 the flow label.
    const [first, end] = family === AF_INET6 ? [2, 7] : [1, 2];
    let same = this.#lastWords[0] === family;
    for (let i = first; same && i < end; i += 1) same = this.#lastWords[i] === words[at + i];
    if (!same) {
      this.#lastWords.set(words.subarray(at, at + NAME_WORDS));
      this.#lastWords[0] = family;
      this.#lastText = addressText(this.#nameBytes.subarray(index * NAME_STRIDE, (index + 1) * NAME_STRIDE));
    }
    return this.#lastText;
  }

  /** A copy of the sender's address as the kernel wrote it. */
  senderOf(index: number): Uint8Array {
    return pooledCopy(this.#nameBytes, index * NAME_STRIDE, this.#nameLength(index));
  }

  /** Adds a reply: the first `length` bytes of `answers[index]`, to the sender of `messages[index]`. */
  reply(index: number, length: number): void {
    const { headerWords, iovecWords } = this.#outgoing;
    const header = this.#replies * HEADER_WORDS;
    const iovec = this.#replies * IOVEC_WORDS;
    this.#replies += 1;
    headerWords[header] = this.#incoming.headerWords[index * HEADER_WORDS] as number;
    headerWords[header + 1] = this.#incoming.headerWords[index * HEADER_WORDS + 1] as number;
    headerWords[header + NAMELEN_WORD] = this.#nameLength(index);
    iovecWords[iovec] = this.#answerAddresses[index * IOVEC_WORDS] as number;
    iovecWords[iovec + 1] = this.#answerAddresses[index * IOVEC_WORDS + 1] as number;
    // Never the memory behind it.
    iovecWords[iovec + 2] = Math.min(length, MESSAGE_BYTES);
  }

  #nameLength(index: number): number {
    return this.#incoming.headerWords[index * HEADER_WORDS + NAMELEN_WORD] as number;
  }
}

function addressText(name: Uint8Array): string {
  const view = new DataView(name.buffer, name.byteOffset);
  if (view.getUint16(0, true) !== AF_INET6) return name.subarray(4, 8).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + i * 2).toString(16));
  const scope = view.getUint32(24, true);
  return groups.join(':') + (scope === 0 ? '' : `%${scope}`);
}
