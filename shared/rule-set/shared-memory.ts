/**
 * Memory for what is posted to worker threads: shared and not copied where the runtime can do that (Node always, browsers on cross-origin
 * isolated pages), copied once elsewhere. All zero; what is never written takes no memory of the machine's.
 */
export function sharedMemory(bytes: number): ArrayBuffer | SharedArrayBuffer {
  return typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
}
