/** Crockford's Base32: no I, L, O and U, which are misheard or misread. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** One character per byte, of which five bits are used: `K7Q4M2`. */
export function readableId(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => DIGITS[byte & 31]).join('');
}
