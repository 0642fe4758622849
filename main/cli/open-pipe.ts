import type { OpenPipe } from '../platform/net/unix-socket.ts';

/** Loaded where there is a pipe to open: on Windows. */
export const openPipe: OpenPipe = async (path) => {
  const { openOwnedPipe } = await import('../gateway/native/windows-pipe.ts');
  return openOwnedPipe(path);
};
