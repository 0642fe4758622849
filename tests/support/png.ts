import { inflateSync } from 'node:zlib';

/** Bytes of a pixel in the only kind that is read here: RGBA, 8 bits each, not interlaced. */
const PIXEL = 4;

/** How opaque each pixel of a PNG is, 0 to 255, row by row: what a monochrome bar shows of it. @throws Error as `pixelsOf`. */
export function opacityOf(png: Buffer): { width: number; height: number; opacity: Uint8Array } {
  const { width, height, data } = pixelsOf(png);
  return { width, height, opacity: data.filter((_value, index) => index % PIXEL === PIXEL - 1) };
}

/**
 * The pixels of a PNG, RGBA row by row.
 *
 * @throws Error where it is of another kind than Chromium writes (https://www.w3.org/TR/png-3/).
 */
export function pixelsOf(png: Buffer): { width: number; height: number; data: Uint8Array } {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  if (png.readUInt32BE(24) !== 0x08060000 || png[28] !== 0) throw new Error('not RGBA of 8 bits, or interlaced');
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(data));
  const stride = width * PIXEL;
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const left = x < PIXEL ? 0 : (pixels[y * stride + x - PIXEL] ?? 0);
      const above = y === 0 ? 0 : (pixels[(y - 1) * stride + x] ?? 0);
      const corner = x < PIXEL || y === 0 ? 0 : (pixels[(y - 1) * stride + x - PIXEL] ?? 0);
      const predicted = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter] ?? 0;
      pixels[y * stride + x] = (raw[y * (stride + 1) + 1 + x] ?? 0) + predicted;
    }
  }
  return { width, height, data: pixels };
}

function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((one) => Math.abs(estimate - one)) as [
    number,
    number,
    number,
  ];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
