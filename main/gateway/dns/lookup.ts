import { HEADER_BYTES, type Query } from './wire.ts';

/** What to ask an upstream: the question's bytes (name, type, class) as the client spelled them, and the client's flags. */
export interface Lookup {
  question: Uint8Array;
  /** RD, AD and CD of the client, at their places in the header's flags. */
  flags: number;
  hasOpt: boolean;
  dnssecOk: boolean;
}

/** The question of a client's message, copied: the message's memory is reused for the next one. */
export function lookupFrom(message: Uint8Array, query: Query): Lookup {
  const length = query.end - HEADER_BYTES;
  // From Node's buffer pool, byte by byte: for so few bytes that is the cheapest way.
  const question = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i += 1) question[i] = message[HEADER_BYTES + i] as number;
  const { flags, hasOpt, dnssecOk } = query;
  return { question, flags, hasOpt, dnssecOk };
}
