import * as packet from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  capTtls,
  HEADER_BYTES,
  isAtOrBelow,
  isBelow,
  nameAsBytes,
  nameAsText,
  newQuery,
  type QueryVerdict,
  readQuery,
} from '../../../../main/gateway/dns/wire.ts';
import golden from './fixtures/questions.json' with { type: 'json' };

const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'));
const type = fc.constantFrom('A', 'AAAA', 'TXT', 'MX', 'SRV', 'CAA', 'DS', 'NS', 'SOA') as fc.Arbitrary<'A'>;
const flags = fc.integer({ min: 0, max: 0xffff }).map((bits) => bits & 0x0130);

function read(bytes: Uint8Array, length = bytes.length) {
  const query = newQuery();
  return { verdict: readQuery(bytes, length, query), query };
}

describe('reading a question', () => {
  it.each(golden)('$name: $verdict', ({ hex, verdict, ...expected }) => {
    const outcome = read(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    expect(outcome.verdict).toBe(verdict);
    if (expected.query) expect(outcome.query).toMatchObject(expected.query);
  });

  it('agrees with dns-packet on every question', () => {
    const question = fc.record({
      id: fc.integer({ min: 0, max: 65535 }),
      flags,
      name,
      type,
      size: fc.option(fc.integer({ min: 1, max: 65535 })),
      dnssec: fc.boolean(),
    });
    fc.assert(
      fc.property(question, (asked) => {
        const bytes = packet.encode({
          type: 'query',
          id: asked.id,
          flags: asked.flags,
          questions: [{ name: asked.name, type: asked.type, class: 'IN' }],
          ...(asked.size === null
            ? {}
            : {
                additionals: [
                  {
                    type: 'OPT' as const,
                    name: '.',
                    udpPayloadSize: asked.size,
                    flags: asked.dnssec ? packet.DNSSEC_OK : 0,
                    extendedRcode: 0,
                    ednsVersion: 0,
                    flag_do: asked.dnssec,
                    options: [],
                  },
                ],
              }),
        });
        const { verdict, query } = read(bytes);
        expect(verdict).toBe('question');
        expect(query).toMatchObject({
          id: asked.id,
          flags: asked.flags,
          class: 1,
          hasOpt: asked.size !== null,
          udpBytes: Math.max(512, asked.size ?? 0),
          dnssecOk: asked.size !== null && asked.dnssec,
        });
        expect(query.end).toBe(bytes.length - (asked.size === null ? 0 : 11));
        expect(nameAsText(bytes, HEADER_BYTES)).toBe(asked.name.toLowerCase());
      }),
    );
  });

  it('never throws and never reads past what it was given', () => {
    const verdicts: QueryVerdict[] = ['question', 'drop', 'formerr', 'notimp', 'badvers'];
    const likely = fc
      .tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 3 }))
      .map(([noise, additional]) => Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, additional, ...noise]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), likely), (bytes) => {
        const { verdict, query } = read(bytes);
        expect(verdicts).toContain(verdict);
        expect(query.end).toBeLessThanOrEqual(Math.max(HEADER_BYTES, bytes.length));
        // What lies behind the message in its buffer has no say.
        const longer = Uint8Array.from([...bytes, ...new Uint8Array(50).fill(0x2a)]);
        expect(read(longer, bytes.length).verdict).toBe(verdict);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a name as text', () => {
  it('never reads like another name, whatever bytes its labels hold', () => {
    const labels = fc.array(fc.uint8Array({ minLength: 1, maxLength: 12 }), { maxLength: 6 });
    const encode = (parts: Uint8Array[]): Uint8Array =>
      Uint8Array.from([...parts.flatMap((part) => [part.length, ...part]), 0]);
    const fold = (bytes: Uint8Array): string =>
      Buffer.from(bytes)
        .toString('latin1')
        .replaceAll(/[A-Z]/g, (c) => c.toLowerCase());
    fc.assert(
      fc.property(labels, labels, (one, two) => {
        const [first, second] = [encode(one), encode(two)];
        const same = fold(first) === fold(second);
        expect(nameAsText(first, 0) === nameAsText(second, 0)).toBe(same);
      }),
    );
    expect(nameAsText(encode([Buffer.from('ghcr.io')]), 0)).toBe('ghcr\\046io');
  });

  it('and back', () => {
    fc.assert(
      fc.property(name, (text) => nameAsText(nameAsBytes(text) ?? new Uint8Array(1), 0) === text.toLowerCase()),
    );
    expect(nameAsBytes('a'.repeat(64))).toBeNull();
    expect(nameAsBytes('a..b')).toBeNull();
    expect(nameAsBytes(Array.from({ length: 128 }, () => 'a').join('.'))).toBeNull();
    expect(nameAsBytes(Array.from({ length: 127 }, () => 'a').join('.'))?.length).toBe(255);
  });
});

describe('being below a suffix', () => {
  const suffix = nameAsBytes('probe.portcullis.internal') ?? new Uint8Array();
  it.each([
    ['n1.probe.portcullis.internal', true],
    ['N1.PROBE.Portcullis.Internal', true],
    ['a.b.probe.portcullis.internal', true],
    ['probe.portcullis.internal', false],
    ['xprobe.portcullis.internal', false],
    ['n1.probe.portcullis.internal.example', false],
    ['portcullis.internal', false],
    ['internal', false],
    ['', false],
  ])('"%s": %s', (text, expected) => {
    const bytes = nameAsBytes(text) ?? new Uint8Array();
    expect(isBelow(bytes, 0, suffix)).toBe(expected);
    expect(isAtOrBelow(bytes, 0, suffix)).toBe(expected || text === 'probe.portcullis.internal');
  });

  it('compares whole labels, even if the bytes before would match', () => {
    const bytes = Uint8Array.from([suffix.length + 1, 1, 0x61, ...suffix.subarray(0, -1), 0]);
    expect(isAtOrBelow(bytes, 0, suffix)).toBe(false);
  });
});

describe('capping TTLs', () => {
  const record = fc.record({ name, ttl: fc.integer({ min: 0, max: 0xffffffff }) });
  it('leaves none above the cap, changes nothing else, and takes a TTL with its top bit set for 0', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        const message = packet.encode({
          type: 'response',
          id: 1,
          questions: [{ name: 'x.example', type: 'A' }],
          answers: records.map(({ name: owner, ttl }) => ({ type: 'A' as const, name: owner, ttl, data: '10.1.1.1' })),
          additionals: [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: 4096,
              flags: packet.DNSSEC_OK,
              extendedRcode: 0,
              ednsVersion: 0,
              flag_do: true,
              options: [],
            },
          ],
        });
        const before = packet.decode(message);
        expect(capTtls(message, message.length, 60)).toBe(true);
        const after = packet.decode(message);
        const expected = records.map(({ ttl }) => (ttl >= 2 ** 31 ? 0 : Math.min(ttl, 60)));
        expect((after.answers ?? []).map((answer) => ('ttl' in answer ? answer.ttl : null))).toEqual(expected);
        expect(after.additionals).toEqual(before.additionals);
      }),
    );
  });

  it('reports an incomplete message, and never throws', () => {
    const message = packet.encode({
      type: 'response',
      questions: [{ name: 'x.example', type: 'A' }],
      answers: [{ type: 'A', name: 'x.example', ttl: 3600, data: '10.1.1.1' }],
    });
    for (let length = 0; length < message.length; length += 1) {
      expect(capTtls(Buffer.from(message.subarray(0, length)), length, 60)).toBe(false);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof capTtls(bytes, bytes.length, 60) === 'boolean'),
    );
  });
});
