import type { Lookup } from './lookup.ts';
import { FLAG, HEADER_BYTES, OUR_UDP_BYTES, TYPE } from './wire.ts';

const OPT_BYTES = 11;

/** A message of our own with the client's question: OPT is hop by hop and never passed on as it came (RFC 6891 section 6.1.1). */
export function questionMessage(id: number, lookup: Lookup): Buffer {
  const { question } = lookup;
  const end = HEADER_BYTES + question.length + (lookup.hasOpt ? OPT_BYTES : 0);
  // Out of the pool: memory of its own for each question would cost more than all the rest.
  const message = Buffer.allocUnsafe(end)
    .fill(0, 0, HEADER_BYTES)
    .fill(0, HEADER_BYTES + question.length, end);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(lookup.flags & (FLAG.RD | FLAG.AD | FLAG.CD), 2);
  message.writeUInt16BE(1, 4);
  message.set(question, HEADER_BYTES);
  if (lookup.hasOpt) {
    const at = HEADER_BYTES + question.length;
    message.writeUInt16BE(1, 10);
    message.writeUInt16BE(TYPE.OPT, at + 1);
    message.writeUInt16BE(OUR_UDP_BYTES, at + 3);
    if (lookup.dnssecOk) message[at + 7] = 0x80;
  }
  return message;
}

/** Whether `message` is an answer to exactly this question, spelling included (RFC 5452 section 9.1); its id is compared elsewhere. */
export function isAnswerTo(message: Buffer, lookup: Lookup): boolean {
  const { question } = lookup;
  if (message.length < HEADER_BYTES + question.length) return false;
  const flags = message.readUInt16BE(2);
  if ((flags & FLAG.QR) === 0 || (flags & FLAG.OPCODE) !== 0) return false;
  if (message.readUInt16BE(4) !== 1) return false;
  return message.compare(question, 0, question.length, HEADER_BYTES, HEADER_BYTES + question.length) === 0;
}
