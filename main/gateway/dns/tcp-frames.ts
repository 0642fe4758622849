const LENGTH_BYTES = 2;

/** A message as it goes over TCP: two bytes of length in front, in one piece (RFC 7766 section 8). */
export function framed(message: Uint8Array, length: number): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + length);
  frame.writeUInt16BE(length);
  frame.set(message.subarray(0, length), LENGTH_BYTES);
  return frame;
}

/** Cuts what arrives over TCP into messages (RFC 1035 section 4.2.2). */
export class TcpFrames {
  #received: Buffer = Buffer.alloc(0);

  append(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
  }

  /** The length that the next message announces; null until that is known. */
  nextLength(): number | null {
    return this.#received.length < LENGTH_BYTES ? null : this.#received.readUInt16BE(0);
  }

  /** The next message, or null until it is complete. It shares memory with what follows it. */
  next(): Buffer | null {
    const length = this.nextLength();
    if (length === null || this.#received.length < LENGTH_BYTES + length) return null;
    const message = this.#received.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
    this.#received = this.#received.subarray(LENGTH_BYTES + length);
    return message;
  }

  /** Whether part of a message has arrived. */
  hasPartial(): boolean {
    return this.#received.length > 0;
  }
}
