import { closeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';

/** Linux's C library, called by koffi, for what Node has no call. */
export interface Libc {
  readonly koffi: Koffi;
  /** One of its functions, by its declaration in C. */
  func(declaration: string): ReturnType<ReturnType<Koffi['load']>['func']>;
  /** The error that the last call left. */
  failed(call: string): SystemCallError;
  /** A descriptor that one of its functions gave. */
  opened(fd: number): void;
  close(fd: number): void;
}

type Koffi = typeof import('koffi')['default'];

export type SystemCallError = Error & { code: string };

/**
 * Which descriptors a thread has opened here, one byte for each there may be. Node closes what is its own when a thread dies;
 * of these it does not know, and a socket that is left would be dealt its part of the questions, which nobody reads.
 */
export const DESCRIPTORS = 65_536;

/** Closes what a thread that has ended had open. */
export function closeLeft(opened: Uint8Array): void {
  for (let fd = opened.indexOf(1); fd !== -1; fd = opened.indexOf(1, fd + 1)) {
    opened[fd] = 0;
    closeSync(fd);
  }
}

/**
 * null where this is not Linux on x86-64 or arm64, whose numbers and layouts are known here, or the package that makes the calls
 * was left out of the installation.
 * @param opened kept up to date, `DESCRIPTORS` long
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
    failed(call) {
      const code = getSystemErrorName(-koffi.errno());
      return Object.assign(new Error(`${call} ${code}`), { code });
    },
    opened(fd) {
      opened[fd] = 1;
    },
    close(fd) {
      // First: were this thread to end in between, nobody may close the number that by then is another's.
      opened[fd] = 0;
      closeCall(fd);
    },
  };
}
