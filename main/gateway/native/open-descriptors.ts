import { closeSync } from 'node:fs';

/**
 * The descriptors that a thread has opened by system calls, one byte for each possible descriptor. Node closes its own when a
 * thread dies but does not know these; a socket left open would still be dealt its share of the questions, and nobody reads them.
 */
export const MAX_DESCRIPTORS = 65_536;

/** Closes what a thread that has ended left open. */
export function closeLeftOpen(opened: Uint8Array): void {
  for (let fd = opened.indexOf(1); fd !== -1; fd = opened.indexOf(1, fd + 1)) {
    opened[fd] = 0;
    closeSync(fd);
  }
}
