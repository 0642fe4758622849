const VALUE = new Int8Array(256).fill(-1);
for (let i = 0; i < 64; i++) {
  VALUE['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.charCodeAt(i)] = i;
}

/**
 * Decodes base64url without padding (RFC 7515 section 2) from bytes to bytes, so that a document of 100 MB never becomes a string on
 * the way. null for anything that is not the one canonical encoding: foreign characters, a lone last character, bits left over.
 */
export function decodeBase64url(text: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const rest = text.length & 3;
  if (rest === 1) return null;
  const decoded = new Uint8Array((text.length >> 2) * 3 + (rest === 0 ? 0 : rest - 1));
  const whole = text.length - rest;
  let to = 0;
  let from = 0;
  for (; from < whole; from += 4) {
    const bits =
      ((VALUE[text[from] ?? 0] ?? -1) << 18) |
      ((VALUE[text[from + 1] ?? 0] ?? -1) << 12) |
      ((VALUE[text[from + 2] ?? 0] ?? -1) << 6) |
      (VALUE[text[from + 3] ?? 0] ?? -1);
    // Any -1 makes the whole negative.
    if (bits < 0) return null;
    decoded[to++] = bits >> 16;
    decoded[to++] = bits >> 8;
    decoded[to++] = bits;
  }
  if (rest === 0) return decoded;
  const a = VALUE[text[from] ?? 0] ?? -1;
  const b = VALUE[text[from + 1] ?? 0] ?? -1;
  const c = rest === 3 ? (VALUE[text[from + 2] ?? 0] ?? -1) : 0;
  if (a < 0 || b < 0 || c < 0 || (rest === 2 ? (b & 15) !== 0 : (c & 3) !== 0)) return null;
  decoded[to++] = (a << 2) | (b >> 4);
  if (rest === 3) decoded[to++] = ((b & 15) << 4) | (c >> 2);
  return decoded;
}
