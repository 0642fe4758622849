import { getSystemErrorName } from 'node:util';

/** Linux's C library, called through koffi, for what Node has no call for. */
export interface Libc {
  readonly koffi: Koffi;
  /** One of its functions, by its declaration in C. */
  func(declaration: string): ReturnType<ReturnType<Koffi['load']>['func']>;
  /** The error that the last call left. */
  lastError(call: string): SystemCallError;
  /** Records a descriptor that one of its functions returned. */
  recordOpened(fd: number): void;
  close(fd: number): void;
}

type Koffi = typeof import('koffi')['default'];

export type SystemCallError = Error & { code: string };

/**
 * null except on Linux on x86-64 or arm64, whose numbers and layouts are known here, and where the optional package koffi is
 * not installed.
 * @param opened kept up to date, `MAX_DESCRIPTORS` long
 */
export async function openLibc(opened: Uint8Array, platform: string, architecture: string): Promise<Libc | null> {
  if (platform !== 'linux' || !['x64', 'arm64'].includes(architecture)) return null;
  const imported = await import('koffi/indirect').catch(() => null);
  if (imported === null) return null;
  const koffi = imported.default;
  const library = koffi.load(null);
  const closeCall = library.func('int close(int)');
  return {
    koffi,
    func: (declaration) => library.func(declaration),
    lastError(call) {
      const code = getSystemErrorName(-koffi.errno());
      return Object.assign(new Error(`${call} ${code}`), { code });
    },
    recordOpened(fd) {
      opened[fd] = 1;
    },
    close(fd) {
      // Cleared first: if this thread ended in between, the number could by then belong to another descriptor.
      opened[fd] = 0;
      closeCall(fd);
    },
  };
}
