import type { Duplex } from 'node:stream';

/**
 * Cuts a byte stream into lines of at most `maxBytes` bytes, line feed included. `onLine` gets the line without it;
 * `onOverflow` is called once, when a line is longer, and then nothing more.
 */
export function readLines(
  stream: Duplex,
  maxBytes: number,
  onLine: (line: string) => void,
  onOverflow: () => void,
): void {
  let parts: Buffer[] = [];
  let held = 0;
  let over = false;
  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    while (!over && from < chunk.length) {
      const feed = chunk.indexOf(0x0a, from);
      const end = feed === -1 ? chunk.length : feed;
      held += end - from;
      if (held + 1 > maxBytes) {
        over = true;
        parts = [];
        onOverflow();
        return;
      }
      parts.push(chunk.subarray(from, end));
      if (feed === -1) return;
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      held = 0;
      from = feed + 1;
      onLine(line);
    }
  });
}
