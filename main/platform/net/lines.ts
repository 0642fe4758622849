import type { Duplex } from 'node:stream';

const EMPTY = Buffer.alloc(0);

/**
 * Splits a byte stream into lines of at most `maxBytes` bytes, line feed included. `onLine` gets the line without it. A longer
 * line calls `onOverflow` once and ends the reading. A line that arrives byte by byte takes at most twice its size in memory; a
 * list of its chunks would take a hundred times that.
 */
export function readLines(
  stream: Duplex,
  maxBytes: number,
  onLine: (line: string) => void,
  onOverflow: () => void,
): void {
  let buffer = EMPTY;
  let length = 0;
  let overflowed = false;

  const append = (piece: Buffer): void => {
    if (length + piece.length > buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(maxBytes, 2 * (length + piece.length)));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    piece.copy(buffer, length);
    length += piece.length;
  };

  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    while (!overflowed && from < chunk.length) {
      const feed = chunk.indexOf(0x0a, from);
      const end = feed === -1 ? chunk.length : feed;
      if (length + end - from + 1 > maxBytes) {
        overflowed = true;
        buffer = EMPTY;
        onOverflow();
        return;
      }
      append(chunk.subarray(from, end));
      if (feed === -1) return;
      const line = buffer.toString('utf8', 0, length);
      buffer = EMPTY;
      length = 0;
      from = feed + 1;
      onLine(line);
    }
  });
}

/**
 * As `readLines`, for lines that are answered: at most `maxAtOnce` at a time, and none while the peer does not take the answers. Until
 * then nothing more is read from it, so a peer that only asks costs no more than a few answers.
 */
export function answerLines(
  stream: Duplex,
  { maxBytes, maxAtOnce }: { maxBytes: number; maxAtOnce: number },
  answer: (line: string) => Promise<void>,
  onOverflow: () => void,
): void {
  let lines: string[] = [];
  let next = 0;
  let running = 0;
  const isBusy = (): boolean => running >= maxAtOnce || stream.writableNeedDrain;
  const work = (): void => {
    while (next < lines.length && !isBusy() && !stream.destroyed) {
      const line = lines[next] ?? '';
      next += 1;
      running += 1;
      void answer(line).finally(() => {
        running -= 1;
        work();
      });
    }
    if (next === lines.length) {
      lines = [];
      next = 0;
    }
    if (lines.length > 0 || isBusy()) stream.pause();
    else if (stream.isPaused()) stream.resume();
  };
  stream.on('drain', work);
  readLines(
    stream,
    maxBytes,
    (line) => {
      lines.push(line);
      work();
    },
    onOverflow,
  );
}
