import * as packet from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnswerCache,
  createAnswerCache,
  lifetimeOf,
  traitsOf,
} from '../../../../main/gateway/dns/answer-cache.ts';
import type { Lookup } from '../../../../main/gateway/dns/lookup.ts';

const NXDOMAIN = 3;
const soa = (ttl: number, minimum: number): packet.Answer => ({
  type: 'SOA',
  name: 'example',
  ttl,
  data: { mname: 'ns.example', rname: 'root.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
});
const address = (ttl: number, name = 'a.example'): packet.Answer => ({ type: 'A', name, ttl, data: '10.0.0.1' });
const OPT = { type: 'OPT', name: '.' } as packet.Answer;
const alias = (ttl: number): packet.Answer => ({ type: 'CNAME', name: 'a.example', ttl, data: 'b.example' });

function answer(parts: packet.Packet, type = 'A'): Buffer {
  return packet.encode({
    type: 'response',
    id: 7,
    questions: [{ name: 'a.example', type: type as 'A', class: 'IN' }],
    ...parts,
  });
}

describe('how long an answer is cached', () => {
  it.each<[string, Buffer, number]>([
    ['the lowest TTL', answer({ answers: [alias(20), address(50, 'b.example')] }), 20],
    ['not what OPT has in the place of a TTL', answer({ answers: [address(50)], additionals: [OPT] }), 50],
    [
      'the TTL of additional records too',
      answer({ answers: [address(50)], additionals: [address(5, 'c.example')] }),
      5,
    ],
    ['the SOA for a name that is not there: its TTL', answer({ flags: NXDOMAIN, authorities: [soa(9, 30)] }), 9],
    ['the SOA for a name that is not there: its MINIMUM', answer({ flags: NXDOMAIN, authorities: [soa(30, 8)] }), 8],
    ['the SOA for a type that is not there', answer({ authorities: [soa(30, 11)] }, 'AAAA'), 11],
    ['the SOA where an alias ends in nothing', answer({ answers: [alias(20)], authorities: [soa(30, 12)] }), 12],
    ['nothing without SOA: no such name', answer({ flags: NXDOMAIN }), 0],
    ['nothing without SOA: no such type', answer({ answers: [alias(20)] }), 0],
    ['nothing: a failure', answer({ flags: 2, authorities: [soa(30, 30)] }), 0],
    ['nothing: cut off', answer({ answers: [address(50)] }).subarray(0, 40), 0],
    ['nothing: a TTL of zero', answer({ answers: [address(0)] }), 0],
    ['the records themselves where ANY was asked', answer({ answers: [address(33)] }, 'ANY'), 33],
  ])('is %s', (_what, bytes, seconds) => {
    expect(lifetimeOf(bytes)).toBe(seconds);
  });
});

const RD = 0x100;
/** A question as the gateway passes it on: its bytes without the header. */
function lookup(name: string, { type = 'A', flags = RD, hasOpt = false, dnssecOk = false } = {}): Lookup {
  const bytes = packet.encode({ questions: [{ name, type: type as 'A', class: 'IN' }] });
  return { question: Uint8Array.from(bytes.subarray(12)), flags, hasOpt, dnssecOk };
}

function known(cache: AnswerCache, asked: Lookup, room = 4096): packet.DecodedPacket | null {
  // Not at the start, as in a message.
  const bytes = Buffer.concat([Buffer.alloc(12, 0xff), asked.question, Buffer.alloc(3, 0xff)]);
  const out = Buffer.alloc(room, 0xee);
  const length = cache.get(bytes, 12, 12 + asked.question.length, traitsOf(asked), out);
  expect(out.subarray(length).every((byte) => byte === 0xee)).toBe(true);
  return length === 0 ? null : packet.decode(out.subarray(0, length));
}

const SEED = 0x5eed;

describe('the cache', () => {
  it('returns an answer until it expires, with what is left of its TTLs', () => {
    let now = 100;
    const cache = createAnswerCache(() => now, SEED);
    const asked = lookup('a.example');
    cache.put(asked, answer({ answers: [alias(20), address(50, 'b.example')], additionals: [OPT] }));
    now += 5.5;
    expect(known(cache, asked)).toMatchObject({ answers: [{ ttl: 15 }, { ttl: 45 }], additionals: [{ type: 'OPT' }] });
    now += 14.5;
    expect(known(cache, asked)).toBeNull();
  });

  it('returns copies: changing one does not change the next', () => {
    const cache = createAnswerCache(() => 0, SEED);
    const mine = answer({ answers: [address(50)] });
    cache.put(lookup('a.example'), mine);
    mine.fill(0);
    for (let i = 0; i < 2; i += 1) {
      expect(known(cache, lookup('a.example'))?.answers).toMatchObject([{ data: '10.0.0.1' }]);
    }
  });

  it('finds a name in every spelling, and gives the client its own back', () => {
    const cache = createAnswerCache(() => 0, SEED);
    cache.put(lookup('A.exaMPle'), answer({ questions: [{ name: 'A.exaMPle', type: 'A' }], answers: [address(50)] }));
    for (const name of ['a.example', 'A.EXAMPLE', 'a.eXample']) {
      expect(known(cache, lookup(name))).toMatchObject({ questions: [{ name }], answers: [{ data: '10.0.0.1' }] });
    }
  });

  it('does not return an answer that does not fit', () => {
    const cache = createAnswerCache(() => 0, SEED);
    const bytes = answer({ answers: [address(50)] });
    cache.put(lookup('a.example'), bytes);
    expect(known(cache, lookup('a.example'), bytes.length - 1)).toBeNull();
    expect(known(cache, lookup('a.example'), bytes.length)).not.toBeNull();
  });

  it('returns the answer to this question and to no other, whatever else was asked', () => {
    const question = fc.record({
      // Few names, and such that differ where case or a length byte would hide it.
      name: fc.constantFrom('a.example', 'b.example', 'a.exampl', 'aa.example', 'a-example', '[.example', '{.example'),
      type: fc.constantFrom('A', 'AAAA', 'TXT', 'CAA'),
      flags: fc.constantFrom(0, 0x100, 0x20, 0x10, 0x130),
      hasOpt: fc.boolean(),
      dnssecOk: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(question, { maxLength: 60, size: 'max' }), fc.integer(), (questions, seed) => {
        const cache = createAnswerCache(() => 0, seed);
        const answers = new Map<string, string>();
        for (const [i, asked] of questions.entries()) {
          const data = `10.0.0.${i}`;
          const bytes = answer({
            questions: [{ name: asked.name, type: asked.type as 'A' }],
            answers: [
              { type: 'CNAME', name: asked.name, ttl: 9, data: 'x.example' },
              { ...address(9, 'x.example'), data },
            ] as packet.Answer[],
            authorities: [soa(9, 9)],
          });
          cache.put(lookup(asked.name, asked), bytes);
          answers.set(JSON.stringify(asked), data);
        }
        for (const asked of questions) {
          expect(known(cache, lookup(asked.name, asked))?.answers?.[1]).toMatchObject({
            data: answers.get(JSON.stringify(asked)),
          });
        }
      }),
    );
  });

  it('is bounded in answers and bytes, whatever is asked; the oldest go first', () => {
    const cache = createAnswerCache(() => 0, SEED);
    const name = (i: number): string => `n${i}.example`;
    const large = (i: number): Buffer =>
      answer({
        questions: [{ name: name(i), type: 'A' }],
        answers: Array.from({ length: 100 }, () => address(60, name(i))),
      });
    for (let i = 0; i < 5_000; i += 1) cache.put(lookup(name(i)), large(i));
    let held = 0;
    for (let i = 0; i < 5_000; i += 1) if (known(cache, lookup(name(i))) !== null) held += 1;
    expect(held * large(4_999).length).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(held).toBeGreaterThan(1_000);
    expect(known(cache, lookup(name(4_999)))).not.toBeNull();
    expect(known(cache, lookup(name(0)))).toBeNull();
  });
});
