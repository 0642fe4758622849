import type { Duplex } from 'node:stream';

const NOTHING = Buffer.alloc(0);

/**
 * Cuts a byte stream into lines of at most `maxBytes` bytes, line feed included. `onLine` gets the line without it;
 * `onOverflow` is called once, when a line is longer, and then nothing more. A line that comes byte by byte costs no more memory
 * than its bytes twice: as a list of what came it would be a hundred times that.
 */
export function readLines(
  stream: Duplex,
  maxBytes: number,
  onLine: (line: string) => void,
  onOverflow: () => void,
): void {
  let begun = NOTHING;
  let held = 0;
  let over = false;

  const hold = (piece: Buffer): void => {
    if (held + piece.length > begun.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(maxBytes, 2 * (held + piece.length)));
      begun.copy(larger, 0, 0, held);
      begun = larger;
    }
    piece.copy(begun, held);
    held += piece.length;
  };

  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    while (!over && from < chunk.length) {
      const feed = chunk.indexOf(0x0a, from);
      const end = feed === -1 ? chunk.length : feed;
      if (held + end - from + 1 > maxBytes) {
        over = true;
        begun = NOTHING;
        onOverflow();
        return;
      }
      hold(chunk.subarray(from, end));
      if (feed === -1) return;
      const line = begun.toString('utf8', 0, held);
      begun = NOTHING;
      held = 0;
      from = feed + 1;
      onLine(line);
    }
  });
}
