/**
 * A program that prints a line and ends: 64-bit ELF without libraries, so that an image of it needs nothing else. Linux system
 * calls of x86-64 and arm64; null for other processors.
 */
export function helloProgram(processor: string, text: string): Buffer | null {
  const message = Buffer.from(text, 'utf8');
  switch (processor) {
    case 'x64':
      return elf(62, x64(message), message);
    case 'arm64':
      return elf(183, arm64(message), message);
    default:
      return null;
  }
}

const LOADED_AT = 0x40_0000;
const HEADERS = 64 + 56;

/** One segment, readable and executable, that is the whole file: code, then the message. */
function elf(machine: number, code: Buffer, message: Buffer): Buffer {
  const header = Buffer.alloc(HEADERS);
  header.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(LOADED_AT + HEADERS), 24); // entry point
  header.writeBigUInt64LE(64n, 32); // program header
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  const size = BigInt(HEADERS + code.length + message.length);
  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeUInt32LE(5, 68); // read, execute
  header.writeBigUInt64LE(BigInt(LOADED_AT), 80);
  header.writeBigUInt64LE(BigInt(LOADED_AT), 88);
  header.writeBigUInt64LE(size, 96);
  header.writeBigUInt64LE(size, 104);
  header.writeBigUInt64LE(0x1_0000n, 112);
  return Buffer.concat([header, code, message]);
}

/** `write(1, message, length); exit(0)` */
function x64({ length }: Buffer): Buffer {
  const code = Buffer.from(
    'b801000000' + // mov eax, 1
      'bf01000000' + // mov edi, 1
      '488d3500000000' + // lea rsi, [rip + …]
      'ba00000000' + // mov edx, …
      '0f05' + // syscall
      'b83c000000' + // mov eax, 60
      '31ff' + // xor edi, edi
      '0f05', // syscall
    'hex',
  );
  code.writeInt32LE(code.length - 17, 13);
  code.writeInt32LE(length, 18);
  return code;
}

/** The same with `svc 0`; `adr` reaches a megabyte. */
function arm64({ length }: Buffer): Buffer {
  const instructions = [
    0xd280_0020, // mov x0, #1
    0x1000_0001, // adr x1, …
    0xd280_0002 | (length << 5), // mov x2, …
    0xd280_0808, // mov x8, #64
    0xd400_0001, // svc #0
    0xd280_0000, // mov x0, #0
    0xd280_0ba8, // mov x8, #93
    0xd400_0001, // svc #0
  ];
  const code = Buffer.alloc(4 * instructions.length);
  const distance = code.length - 4;
  for (const [index, instruction] of instructions.entries()) code.writeUInt32LE(instruction >>> 0, 4 * index);
  code.writeUInt32LE((0x1000_0001 | ((distance >> 2) << 5) | ((distance & 3) << 29)) >>> 0, 4);
  return code;
}
