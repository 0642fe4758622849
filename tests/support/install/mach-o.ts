/** What the loader of macOS sees of a program (mach-o/loader.h). */
export interface MachO {
  bytes: Buffer;
  cpu: 'x86-64' | 'arm64' | 'other';
  kind: 'executable' | 'other';
  signed: boolean;
  /** By `SEGMENT,section`. */
  sections: Map<string, Buffer>;
}

const MAGIC_64 = 0xfeed_facf;
const CPUS = new Map<number, MachO['cpu']>([
  [0x0100_0007, 'x86-64'],
  [0x0100_000c, 'arm64'],
]);
const SEGMENT_64 = 0x19;
const CODE_SIGNATURE = 0x1d;

/** @throws Error where a segment lies outside the file, or over another one */
export function machO(bytes: Buffer): MachO {
  if (bytes.readUInt32LE(0) !== MAGIC_64) throw new Error('no 64-bit Mach-O');
  const cpu = CPUS.get(bytes.readUInt32LE(4)) ?? 'other';
  const sections = new Map<string, Buffer>();
  const name = (at: number) => bytes.toString('latin1', at, at + 16).replace(/\0+$/, '');
  let signed = false;
  let fileEnd = 0;
  let memoryEnd = 0n;
  let first = bytes.length;
  let at = 32;
  for (let left = bytes.readUInt32LE(16); left > 0; left -= 1) {
    const command = bytes.readUInt32LE(at);
    if (command === CODE_SIGNATURE) signed = true;
    if (command === SEGMENT_64) {
      const [memory, size] = [bytes.readBigUInt64LE(at + 24), bytes.readBigUInt64LE(at + 32)];
      const [offset, length] = [Number(bytes.readBigUInt64LE(at + 40)), Number(bytes.readBigUInt64LE(at + 48))];
      if (offset + length > bytes.length) throw new Error(`${name(at + 8)} lies outside the file`);
      if (memory < memoryEnd || (length > 0 && offset < fileEnd)) throw new Error(`${name(at + 8)} lies over another`);
      memoryEnd = memory + size;
      fileEnd = Math.max(fileEnd, offset + length);
      for (let index = 0; index < bytes.readUInt32LE(at + 64); index += 1) {
        const section = at + 72 + index * 80;
        const begin = bytes.readUInt32LE(section + 48);
        const end = begin + Number(bytes.readBigUInt64LE(section + 40));
        // Those without content in the file begin at 0.
        if (begin > 0 && end > begin) first = Math.min(first, begin);
        sections.set(`${name(section + 16)},${name(section)}`, bytes.subarray(begin, end));
      }
    }
    at += bytes.readUInt32LE(at + 4);
  }
  if (at > first) throw new Error('the commands run into the first section');
  return { bytes, cpu, kind: bytes.readUInt32LE(12) === 2 ? 'executable' : 'other', signed, sections };
}
