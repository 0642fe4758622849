import { basename, dirname } from 'node:path';
import type { DestinationStream } from 'pino';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';

export interface LogFileDeps {
  /** Milliseconds of a clock that never jumps. */
  now: () => number;
  /** Takes the lines that the file does not. */
  otherwise: (line: string) => void;
}

/** After a failure the file is left alone for so long; milliseconds. */
export const TRY_AGAIN_AFTER_MS = 30_000;

/**
 * A log in a file, rotated at 5 MB with 4 old files kept. A log must not end the process that it tells of: where the disk is full or
 * the folder gone, its lines go elsewhere until the file can be written again.
 */
export function logFile(file: string, { now, otherwise }: LogFileDeps): DestinationStream {
  let stream: RotatingFileStream | null = null;
  let notBefore = Number.NEGATIVE_INFINITY;

  function open(): RotatingFileStream | null {
    if (now() < notBefore) return null;
    const opened = createStream(basename(file), { path: dirname(file), size: '5M', maxFiles: 4, mode: 0o600 });
    opened.on('error', (error) => {
      if (stream !== opened) return;
      stream = null;
      notBefore = now() + TRY_AGAIN_AFTER_MS;
      otherwise(
        `${JSON.stringify({ level: 50, msg: 'the log file cannot be written', file, error: error.message })}\n`,
      );
    });
    return opened;
  }

  return {
    write(line) {
      stream ??= open();
      if (stream === null) otherwise(line);
      else stream.write(line);
    },
  };
}
