import { describe, expect, it } from 'vitest';
import type { Lookup } from '../../../../main/gateway/dns/lookup.ts';
import { answerForClient, answerTo, rejectsEdns } from '../../../../main/gateway/dns/upstream-message.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const asked = (hasOpt: boolean, dnssecOk = false): Lookup => ({
  question: new Uint8Array(),
  flags: 0,
  hasOpt,
  dnssecOk,
});

/** The header with so many additional records, `gcr.io A`, and one address for an hour. */
const start = (additional: number): string => `0001 8180 0001 0001 0000 000${additional} 03676372 02696f 00 0001 0001
  c00c 0001 0001 00000e10 0004 c0000201`;
const capped = (additional: number): string => start(additional).replace('00000e10', '0000003c');
const glue = 'c00c 0001 0001 00000005 0004 c0000202';
/** 512 bytes, no DO; a cookie (RFC 7873), an extended error (RFC 8914), NSID (RFC 5001), another extended error. */
const theirs = '00 0029 0200 00 00 0000 0020 000a0008 1122334455667788 000f0003 000f6e 00030002 6e73 000f0003 00166f';

describe('an answer of an upstream, as a client gets it', () => {
  it.each([
    ['its OPT to who has sent none', start(1) + theirs, asked(false), capped(0)],
    ['what follows its last record', `${start(0)} ffff`, asked(false), capped(0)],
    ['what follows its OPT', start(2) + theirs + glue, asked(false), capped(0)],
  ])('loses %s', (_what, answer, lookup, expected) => {
    expect(answerForClient(hex(answer), lookup, 60)).toEqual(hex(expected));
  });

  it.each([
    [
      'where the upstream has sent none',
      `${start(1)} ${glue}`,
      asked(true),
      `${capped(2)} ${glue} 00 0029 04d0 00 00 0000 0000`,
    ],
    ['with DO as it was asked', start(0), asked(true, true), `${capped(1)} 00 0029 04d0 00 00 8000 0000`],
    [
      'with the extended errors of the upstream, and no other option of its',
      start(1) + theirs,
      asked(true),
      `${capped(1)} 00 0029 04d0 00 00 0000 000e 000f0003 000f6e 000f0003 00166f`,
    ],
    [
      'without options where those of the upstream are no options',
      `${start(1)} 00 0029 0200 00 00 0000 0006 000f 0009 000f`,
      asked(true),
      `${capped(1)} 00 0029 04d0 00 00 0000 0000`,
    ],
  ])('has our OPT %s', (_how, answer, lookup, expected) => {
    expect(answerForClient(hex(answer), lookup, 60)).toEqual(hex(expected));
  });

  it.each([
    ['is cut off', start(1)],
    ['has an OPT whose owner is not the root', `${start(1)} c00c 0029 0200 00 00 0000 0000`],
    ['says that it does not know our version of EDNS', `${start(1)} 00 0029 0200 01 00 0000 0000`],
  ])('is none where it %s', (_what, answer) => {
    for (const hasOpt of [false, true]) expect(answerForClient(hex(answer), asked(hasOpt), 60)).toBeNull();
  });
});

it('recognizes a server that does not know EDNS', () => {
  const withCode = (rcode: number, opt = ''): Buffer =>
    hex(`0001 818${rcode} 0001 0000 0000 000${opt === '' ? 0 : 1} 03676372 02696f 00 0001 0001 ${opt}`);
  expect([0, 1, 2, 3, 4, 5].filter((rcode) => rejectsEdns(withCode(rcode)))).toEqual([1, 4]);
  expect(rejectsEdns(withCode(1, '00 0029 0200 00 00 0000 0000'))).toBe(false);
});

describe('whether a message answers a question', () => {
  /** `gcr.io A IN`. */
  const lookup: Lookup = { ...asked(true), question: hex('03676372 02696f 00 0001 0001') };
  const said = (head: string, question: string, rest = ''): Buffer => hex(`0001 ${head} ${question} ${rest}`);
  const plain = '03676372 02696f 00 0001 0001';
  const one = '8180 0001 0000 0000 0000';

  it('does as it was asked, also in other letters, which are put back', () => {
    expect(answerTo(said(one, plain), lookup)).toEqual(said(one, plain));
    expect(answerTo(said(one, '03474352 02496f 00 0001 0001'), lookup)).toEqual(said(one, plain));
  });

  it('does as an error without the question, which is put back', () => {
    for (const rcode of [1, 2, 4, 5]) {
      const bare = said(`818${rcode} 0000 0000 0000 0000`, '');
      expect(answerTo(bare, lookup)).toEqual(said(`818${rcode} 0001 0000 0000 0000`, plain));
    }
    // What follows is no part of it.
    expect(answerTo(said('8181 0000 0000 0000 0001', '', theirs), lookup)).toEqual(
      said('8181 0001 0000 0000 0000', plain),
    );
  });

  it.each([
    ['another name', said(one, '03676373 02696f 00 0001 0001')],
    ['another type', said(one, '03676372 02696f 00 001c 0001')],
    // `a` and `A` are one letter in a name, and two numbers in a type.
    ['another type that differs like letters', said(one, '03676372 02696f 00 0041 0001')],
    ['another class', said(one, '03676372 02696f 00 0001 0003')],
    ['a name of other lengths', said(one, '02676372 03696f 00 0001 0001')],
    ['a question', said('0100 0001 0000 0000 0000', plain)],
    ['another opcode', said('a980 0001 0000 0000 0000', plain)],
    ['two questions', said('8180 0002 0000 0000 0000', plain, plain)],
    ['none, and no error', said('8180 0000 0000 0000 0000', '')],
    ['none, and "no such name"', said('8183 0000 0000 0000 0000', '')],
    ['none, and records', said('8182 0000 0001 0000 0000', '', glue)],
    ['a message that is cut off', said(one, '03676372')],
    ['no header', hex('0001 8180')],
  ])('does not where it has %s', (_what, message) => {
    const odd = {
      ...lookup,
      question: _what.includes('letters') ? hex('03676372 02696f 00 0061 0001') : lookup.question,
    };
    expect(answerTo(message, odd)).toBeNull();
  });
});
