/**
 * A copy of `length` bytes, from Node's buffer pool: allocating for each message would cost more than everything else, and V8
 * keeps small arrays among its objects, from where each system call would have to copy them once more.
 */
export function pooledCopy(bytes: Uint8Array, at: number, length: number): Buffer {
  const copy = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i += 1) copy[i] = bytes[at + i] as number;
  return copy;
}
