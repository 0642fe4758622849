import type { Random } from '../../support/random.ts';

const MOST_BYTES = 4096;
/** Where parsers count, they err at these. */
const EDGES = [
  0, 1, 2, 0x0a, 0x20, 0x22, 0x2e, 0x3a, 0x3f, 0x40, 0x41, 0x7f, 0x80, 0xbf, 0xc0, 0xc3, 0xe2, 0xef, 0xfe, 0xff,
];

/** One to eight changes of a sample: bytes altered, taken out, put in, doubled, moved, or taken from another sample. */
export function mutate(sample: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = sample;
  for (let changes = 1 + random.below(8); changes > 0; changes -= 1) bytes = change(bytes, others, random);
  return bytes.slice(0, MOST_BYTES);
}

function change(bytes: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = 1 + random.below(random.below(4) === 0 ? 64 : 4);
  const replaced = (by: Uint8Array, removed: number): Uint8Array =>
    Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + removed)]);
  switch (random.below(8)) {
    case 0: {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      return changed;
    }
    case 1:
      return replaced(Uint8Array.of(random.pick(EDGES)), 1);
    case 2:
      return replaced(new Uint8Array(0), length);
    case 3:
      return replaced(Uint8Array.of(random.pick(EDGES)), 0);
    case 4:
      return replaced(random.bytes(length), 0);
    case 5: {
      const from = random.below(bytes.length + 1);
      return replaced(bytes.slice(from, from + length), random.below(2) * length);
    }
    case 6: {
      const other = random.pick(others);
      const from = random.below(other.length + 1);
      return replaced(other.subarray(from, from + 1 + random.below(64)), random.below(2) * length);
    }
    default:
      return bytes.slice(0, at);
  }
}
