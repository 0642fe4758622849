/**
 * A copy of `length` bytes, out of Node's pool: for each message memory of its own would cost more than all the rest, and what is
 * as small as V8 keeps among its objects would be copied once more for a system call.
 */
export function pooledCopy(bytes: Uint8Array, at: number, length: number): Buffer {
  const copy = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i += 1) copy[i] = bytes[at + i] as number;
  return copy;
}
