type Numbers = Uint8Array | Uint16Array | Uint32Array;

/**
 * The same arrays as views of one buffer: posted to a worker thread, they are shared and not copied where the runtime can do
 * that (Node always, browsers on cross-origin isolated pages), and copied once elsewhere.
 */
export function inOneBuffer<T extends Record<string, Numbers>>(arrays: T): T {
  const bytes = Object.values(arrays).reduce((total, array) => total + aligned(array.byteLength), 0);
  const buffer = typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  let offset = 0;
  const placed = Object.entries(arrays).map(([name, array]): [string, Numbers] => {
    const view = viewLike(array, buffer, offset);
    view.set(array);
    offset += aligned(array.byteLength);
    return [name, view];
  });
  return Object.fromEntries(placed) as T;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

function viewLike(array: Numbers, buffer: ArrayBuffer | SharedArrayBuffer, offset: number): Numbers {
  if (array instanceof Uint32Array) return new Uint32Array(buffer, offset, array.length);
  if (array instanceof Uint16Array) return new Uint16Array(buffer, offset, array.length);
  return new Uint8Array(buffer, offset, array.length);
}
