import * as packet from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  denied,
  deniedTail,
  failure,
  headerOnly,
  MAX_LOCAL_ANSWER_BYTES,
  noData,
  truncated,
} from '../../../../main/gateway/dns/local-answers.ts';
import { newQuery, RCODE, readQuery } from '../../../../main/gateway/dns/wire.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** `gcr.io A`, RD, with OPT 1232 and DO. */
const asked = hex('1234 0120 0001 0000 0000 0001 03676372 02696f 00 0001 0001 00 0029 04d0 00 00 8000 0000');
const askedPlainly = hex('1234 0110 0001 0000 0000 0000 03476352 02496f 00 0001 0001');

function answer(bytes: Uint8Array, make: (query: ReturnType<typeof newQuery>, out: Uint8Array) => number): Buffer {
  const query = newQuery();
  expect(readQuery(bytes, bytes.length, query)).toBe('question');
  const out = Buffer.alloc(MAX_LOCAL_ANSWER_BYTES, 0xee);
  const length = make(query, out);
  return out.subarray(0, length);
}

const soa = '00 0006 0001 00000002 0016 00 00 00000007 00000e10 00000258 00015180 00000002';

describe('the answer to a denied name, byte by byte', () => {
  const tail = deniedTail(7, 'no');

  it('with EDNS: NXDOMAIN, SOA of the root for two seconds, OPT with DO and the error', () => {
    expect(answer(asked, (query, out) => denied(asked, query, tail, out))).toEqual(
      hex(`1234 8183 0001 0000 0001 0001 03676372 02696f 00 0001 0001 ${soa}
           00 0029 04d0 00 00 8000 0008 000f 0004 000f 6e6f`),
    );
  });

  it('without EDNS: the same without OPT, with the spelling and CD of the question', () => {
    expect(answer(askedPlainly, (query, out) => denied(askedPlainly, query, tail, out))).toEqual(
      hex(`1234 8193 0001 0000 0001 0000 03476352 02496f 00 0001 0001 ${soa}`),
    );
  });

  it('above an allowed name: NOERROR with the same SOA', () => {
    expect(answer(askedPlainly, (query, out) => noData(askedPlainly, query, tail, out))).toEqual(
      hex(`1234 8190 0001 0000 0001 0000 03476352 02496f 00 0001 0001 ${soa}`),
    );
  });

  it('leaves the shared tail unchanged, so that the next client does not get DO', () => {
    answer(asked, (query, out) => denied(asked, query, tail, out));
    const plain = hex('1234 0120 0001 0000 0000 0001 03676372 02696f 00 0001 0001 00 0029 04d0 00 00 0000 0000');
    const { additionals } = packet.decode(answer(plain, (query, out) => denied(plain, query, tail, out)));
    expect(additionals).toMatchObject([{ type: 'OPT', flag_do: false }]);
  });
});

describe('a failure', () => {
  it('to read a message is answered with a header alone', () => {
    const query = { ...newQuery(), id: 0x1234, flags: 0x2800 };
    const out = Buffer.alloc(MAX_LOCAL_ANSWER_BYTES);
    expect(out.subarray(0, headerOnly(RCODE.NOTIMP, query, out))).toEqual(hex('1234 a884 0000 0000 0000 0000'));
  });

  it('splits BADVERS between header and OPT', () => {
    expect(answer(asked, (query, out) => failure(RCODE.BADVERS, asked, query, out))).toEqual(
      hex('1234 8180 0001 0000 0000 0001 03676372 02696f 00 0001 0001 00 0029 04d0 01 00 8000 0000'),
    );
  });

  it('to fit sets TC and keeps the response code', () => {
    expect(answer(asked, (query, out) => truncated(RCODE.NXDOMAIN, query, asked, out))).toEqual(
      hex('1234 8383 0001 0000 0000 0001 03676372 02696f 00 0001 0001 00 0029 04d0 00 00 8000 0000'),
    );
  });
});

describe('any answer to a denied name', () => {
  it('is a message that dns-packet reads, never longer than 512 bytes, with at most 100 bytes of text cut at a character', () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,63}$/);
    const name = fc
      .array(label, { maxLength: 8 })
      .map((labels) => labels.join('.'))
      .filter((text) => text.length < 254);
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    fc.assert(
      fc.property(name, text, fc.integer({ min: 0, max: 2 ** 40 }), (host, reason, generation) => {
        const bytes = packet.encode({
          id: 9,
          questions: [{ name: host, type: 'A', class: 'IN' }],
          additionals: [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize: 512,
              flags: 0,
              extendedRcode: 0,
              ednsVersion: 0,
              flag_do: false,
              options: [],
            },
          ],
        });
        const out = answer(bytes, (query, into) => denied(bytes, query, deniedTail(generation, reason), into));
        expect(out.length).toBeLessThanOrEqual(512);
        const decoded = packet.decode(out);
        expect(decoded.questions).toEqual([{ name: host || '.', type: 'A', class: 'IN' }]);
        expect(decoded.authorities).toMatchObject([{ data: { serial: generation % 2 ** 32 } }]);
        const [opt] = decoded.additionals ?? [];
        const [error] = opt?.type === 'OPT' ? (opt.options as unknown as { data: Buffer }[]) : [];
        const said = error?.data.subarray(2) ?? Buffer.alloc(0);
        expect(said.length).toBeLessThanOrEqual(100);
        expect(reason.toWellFormed().startsWith(said.toString('utf8'))).toBe(true);
      }),
    );
  });
});
