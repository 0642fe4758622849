import { PassThrough } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readLines } from '../../../../main/platform/net/lines.ts';

/** What comes of pieces that are handed over one by one. */
function cut(pieces: Buffer[], maxBytes: number): { lines: string[]; overflows: number } {
  const stream = new PassThrough();
  const lines: string[] = [];
  let overflows = 0;
  readLines(
    stream,
    maxBytes,
    (line) => lines.push(line),
    () => {
      overflows += 1;
    },
  );
  for (const piece of pieces) stream.emit('data', piece);
  return { lines, overflows };
}

it('gives the same lines however the bytes are cut', () => {
  const text = fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }).map((line) => line.replaceAll('\n', ' ')));
  fc.assert(
    fc.property(text, fc.array(fc.integer({ min: 1, max: 9 })), (lines, sizes) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const pieces: Buffer[] = [];
      let at = 0;
      for (const size of [...sizes, bytes.length]) {
        if (at < bytes.length) pieces.push(bytes.subarray(at, at + size));
        at += size;
      }
      expect(cut(pieces, 1000).lines).toEqual(lines.map((line) => Buffer.from(line).toString()));
    }),
  );
});

it('takes a line of just so many bytes, and tells once of one that is longer', () => {
  expect(cut([Buffer.from('abc\n')], 4)).toEqual({ lines: ['abc'], overflows: 0 });
  expect(cut([Buffer.from('ab'), Buffer.from('cd\nef\n')], 4)).toEqual({ lines: [], overflows: 1 });
});

it('holds a line that comes byte by byte as its bytes, not as a list of them', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const stream = new PassThrough();
  const lines: string[] = [];
  readLines(
    stream,
    1024 * 1024,
    (line) => lines.push(line),
    () => undefined,
  );
  const before = held();
  for (let count = 0; count < 200_000; count += 1) stream.emit('data', Buffer.allocUnsafeSlow(1).fill('x'));
  expect(held() - before).toBeLessThan(4 * 1024 * 1024);
  stream.emit('data', Buffer.from('\n'));
  expect(lines[0]).toHaveLength(200_000);
});
