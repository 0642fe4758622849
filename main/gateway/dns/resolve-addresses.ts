import { MAX_ANSWER_BYTES, traitsOf } from './answer-cache.ts';
import type { Lookup } from './lookup.ts';
import type { SplitResolver } from './split-resolver.ts';
import { CLASS_IN, endOfName, FLAG, HEADER_BYTES, nameAsBytes, RCODE, TYPE } from './wire.ts';

export interface FoundAddress {
  address: string;
  family: 4 | 6;
}

type Resolvers = Pick<SplitResolver, 'resolverFor'>;

/**
 * IPv6 and IPv4 addresses of a host, by the gateway's own upstreams; empty where it has none.
 * @throws with code EAI_AGAIN where that is not known, because no upstream answered or all failed
 */
export async function lookUpAddresses(host: string, resolvers: Resolvers): Promise<FoundAddress[]> {
  const [four, six] = await Promise.all([ask(host, TYPE.A, resolvers), ask(host, TYPE.AAAA, resolvers)]);
  const found = [...addressesIn(six, TYPE.AAAA), ...addressesIn(four, TYPE.A)];
  if (found.length > 0) return found;
  if (isStatement(four) && isStatement(six)) return [];
  // What getaddrinfo(3) calls "temporary failure in name resolution".
  throw Object.assign(new Error(`no resolver answered for ${host}`), { code: 'EAI_AGAIN' });
}

/** Whether it says something about the name, and not about whoever was asked. */
function isStatement(answer: Buffer | null): boolean {
  if (answer === null) return false;
  const rcode = answer.readUInt16BE(2) & 0xf;
  return rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN;
}

function ask(host: string, type: number, resolvers: Resolvers): Promise<Buffer | null> {
  const name = nameAsBytes(host);
  if (name === null) return Promise.resolve(null);
  const question = new Uint8Array(name.length + 4);
  question.set(name);
  question[name.length + 1] = type;
  question[name.length + 3] = CLASS_IN;
  return resolve({ question, flags: FLAG.RD, hasOpt: true, dnssecOk: false }, resolvers);
}

/** From the cache, else from the upstreams. */
export function resolve(lookup: Lookup, resolvers: Resolvers): Promise<Buffer | null> {
  const { question } = lookup;
  const resolver = resolvers.resolverFor(question, 0);
  const out = Buffer.alloc(MAX_ANSWER_BYTES);
  const length = resolver.cached(question, 0, question.length, traitsOf(lookup), out);
  if (length > 0) return Promise.resolve(out.subarray(0, length));
  return new Promise((done) => resolver.ask(lookup, done));
}

/** All addresses in the answer section. The upstream has followed the chain of aliases, so the answer is trusted as a whole. */
function addressesIn(answer: Buffer | null, type: typeof TYPE.A | typeof TYPE.AAAA): FoundAddress[] {
  const found: FoundAddress[] = [];
  if (answer === null) return found;
  let position = endOfName(answer, answer.length, HEADER_BYTES) + 4;
  for (let records = answer.readUInt16BE(6); records > 0; records -= 1) {
    position = endOfName(answer, answer.length, position);
    if (position === -1 || position + 10 > answer.length) return found;
    const length = answer.readUInt16BE(position + 8);
    const data = answer.subarray(position + 10, position + 10 + length);
    if (answer.readUInt16BE(position) === type && answer.readUInt16BE(position + 2) === CLASS_IN) {
      if (type === TYPE.A && data.length === 4) found.push({ address: data.join('.'), family: 4 });
      if (type === TYPE.AAAA && data.length === 16) found.push({ address: ipv6Text(data), family: 6 });
    }
    position += 10 + length;
  }
  return found;
}

function ipv6Text(data: Buffer): string {
  return Array.from({ length: 8 }, (_, index) => data.readUInt16BE(index * 2).toString(16)).join(':');
}
