/**
 * Gives the memory of a large array back at once, where the garbage collector would take its time: the array is empty afterwards. Only what has
 * its memory to itself is given back, so that no other array is emptied with it.
 */
export function freeMemory(bytes: Uint8Array): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) buffer.transfer(0);
}
