import { describe, expect, it } from 'vitest';
import {
  afterEdnsAnswer,
  afterEdnsFailure,
  afterEdnsSilence,
  afterLateAnswer,
  afterLongAnswer,
  afterNoAnswer,
  afterRcode,
  afterTcp,
  afterUdp,
  errorOf,
  isSilent,
  leavesEdnsOut,
  NOTHING_OBSERVED,
  needsCheck,
  prefersTcp,
  stateOf,
  type UpstreamObservations,
} from '../../../../main/gateway/dns/upstream-observations.ts';
import { RCODE } from '../../../../main/gateway/dns/wire.ts';

type Event = (known: UpstreamObservations) => UpstreamObservations;
const udp =
  (error: string | null = null): Event =>
  (known) =>
    afterUdp(known, error);
const tcp =
  (error: string | null = null): Event =>
  (known) =>
    afterTcp(known, error);
const rcode =
  (code: number): Event =>
  (known) =>
    afterRcode(known, code);
const longAnswer =
  (wasComplete: boolean): Event =>
  (known) =>
    afterLongAnswer(known, wasComplete);
const late =
  (over: 'udp' | 'tcp'): Event =>
  (known) =>
    afterLateAnswer(known, over);
const never =
  (over: 'udp' | 'tcp'): Event =>
  (known) =>
    afterNoAnswer(known, over);
const ednsFails: Event = (known) => afterEdnsFailure(known, 'c');
const after = (...events: Event[]): UpstreamObservations =>
  events.reduce((known, event) => event(known), NOTHING_OBSERVED);
const times = (count: number, event: Event): Event[] => Array.from({ length: count }, () => event);

describe('the state of an upstream', () => {
  it.each<[string, Event[], string, string | null]>([
    ['not asked, before anything', [], 'not-asked', null],
    ['answering, after an answer over UDP', [udp()], 'answering', null],
    ['silent, where UDP fails and TCP was not tried', [udp('ECONNREFUSED')], 'silent', 'UDP: ECONNREFUSED; TCP: '],
    ['silent, where both fail', [udp('a'), tcp('b')], 'silent', 'UDP: a; TCP: b'],
    ['TCP only, where UDP fails and TCP answers', [udp('a'), tcp()], 'tcp-only', 'UDP: a'],
    ['answering, where UDP answers again', [udp('a'), tcp('b'), udp()], 'answering', null],
    ['silent, where TCP answered only before UDP failed', [tcp(), udp('a')], 'silent', 'UDP: a; TCP: '],
    ['TCP only, where UDP fails again after TCP answered', [udp('a'), tcp(), udp('c')], 'tcp-only', 'UDP: c'],
    ['UDP only, where a long answer did not come over TCP', [udp(), tcp('b'), longAnswer(false)], 'udp-only', 'TCP: b'],
    [
      'answering, where the next one did',
      [udp(), tcp('b'), longAnswer(false), tcp(), longAnswer(true)],
      'answering',
      null,
    ],
    ['answering, where TCP answers anything', [udp(), tcp('b'), longAnswer(false), tcp()], 'answering', null],
    ['answering, after seven failures', [udp(), ...times(7, rcode(RCODE.SERVFAIL))], 'answering', null],
    ['failing, after eight', [udp(), ...times(8, rcode(RCODE.SERVFAIL))], 'failing', 'answered SERVFAIL'],
    [
      'failing, with the last error',
      [udp(), ...times(7, rcode(RCODE.SERVFAIL)), rcode(RCODE.REFUSED)],
      'failing',
      'answered REFUSED',
    ],
    [
      'answering, where another answer came in between',
      [udp(), ...times(7, rcode(RCODE.REFUSED)), rcode(RCODE.NXDOMAIN), ...times(7, rcode(RCODE.REFUSED))],
      'answering',
      null,
    ],
    [
      'failing, also over TCP only',
      [udp('a'), tcp(), ...times(8, rcode(RCODE.REFUSED))],
      'failing',
      'answered REFUSED',
    ],
    [
      'silent, also after failures',
      [udp(), ...times(8, rcode(RCODE.REFUSED)), udp('a'), tcp('b')],
      'silent',
      'UDP: a; TCP: b',
    ],
    ['slow, where UDP answers late', [udp('a'), tcp('b'), late('udp')], 'slow', 'answered after more than 1.5 s'],
    ['slow, where TCP does', [udp('a'), tcp('b'), late('tcp')], 'slow', 'answered after more than 1.5 s'],
    [
      'silent, where nothing came late any more',
      [udp('a'), tcp('b'), late('udp'), never('udp')],
      'silent',
      'UDP: a; TCP: b',
    ],
    [
      'silent, where nothing came late over TCP',
      [udp('a'), tcp('b'), late('tcp'), never('tcp')],
      'silent',
      'UDP: a; TCP: b',
    ],
    [
      'slow, whatever the other way does',
      [udp('a'), tcp('b'), late('tcp'), never('udp')],
      'slow',
      'answered after more than 1.5 s',
    ],
    ['TCP only, where TCP answers in time again', [udp('a'), late('tcp'), tcp()], 'tcp-only', 'UDP: a'],
    ['answering, where UDP does', [udp('a'), tcp('b'), late('udp'), udp()], 'answering', null],
    ['without EDNS', [udp('a'), ednsFails, udp()], 'no-edns', 'EDNS: c'],
    ['answering, where EDNS is answered again', [udp('a'), ednsFails, udp(), afterEdnsAnswer], 'answering', null],
    ['answering, where EDNS is only doubted', [udp(), afterEdnsSilence], 'answering', null],
    ['silent, whatever is known of EDNS', [ednsFails, udp('a'), tcp('b')], 'silent', 'UDP: a; TCP: b'],
  ])('is %s', (_what, events, state, error) => {
    const known = after(...events);
    expect(stateOf(known)).toBe(state);
    expect(errorOf(known)).toBe(error);
  });
});

it('is asked over TCP while UDP is silent, until TCP fails too', () => {
  expect(prefersTcp(after(udp()))).toBe(false);
  expect(prefersTcp(after(udp('a')))).toBe(true);
  expect(prefersTcp(after(udp('a'), tcp()))).toBe(true);
  expect(prefersTcp(after(udp('a'), tcp('b')))).toBe(false);
  expect(prefersTcp(after(udp('a'), tcp(), udp()))).toBe(false);
});

it('is silent where neither UDP nor, as far as is known, TCP answers', () => {
  expect(isSilent(after(udp()))).toBe(false);
  expect(isSilent(after(udp('a')))).toBe(true);
  expect(isSilent(after(udp('a'), tcp()))).toBe(false);
  expect(isSilent(after(udp('a'), tcp('b')))).toBe(true);
});

it('is asked over TCP also where that is slow, and comes last', () => {
  const slow = after(udp('a'), tcp('b'), late('tcp'));
  expect(prefersTcp(slow)).toBe(true);
  expect(prefersTcp(afterTcp(slow, 'b'))).toBe(true);
  expect(isSilent(slow)).toBe(true);
});

it('is asked without EDNS where that fails, and where it is doubted unless signatures are wanted', () => {
  const lookup = { question: new Uint8Array(), flags: 0, hasOpt: true, dnssecOk: false };
  const [fine, doubted, fails] = [after(udp()), after(udp(), afterEdnsSilence), after(udp(), ednsFails)];
  const leaves = (known: UpstreamObservations): boolean[] =>
    [lookup, { ...lookup, dnssecOk: true }, { ...lookup, hasOpt: false }].map((each) => leavesEdnsOut(known, each));
  expect(leaves(fine)).toEqual([false, false, false]);
  expect(leaves(doubted)).toEqual([true, false, false]);
  expect(leaves(fails)).toEqual([true, true, false]);
  expect(afterEdnsSilence(fails)).toBe(fails);
});

it('is checked while something of it fails', () => {
  expect([after(), after(udp()), after(udp('a'), udp())].map(needsCheck)).toEqual([false, false, false]);
  expect([after(udp('a')), after(udp(), afterEdnsSilence), after(udp(), ednsFails)].map(needsCheck)).toEqual([
    true,
    true,
    true,
  ]);
});

it('allocates nothing for an answer like the one before', () => {
  const known = after(udp(), tcp(), rcode(RCODE.NOERROR));
  expect(after(udp(), tcp(), rcode(RCODE.NOERROR))).toEqual(known);
  for (const event of [udp(), tcp(), rcode(RCODE.NOERROR), longAnswer(true), afterEdnsAnswer, never('udp')])
    expect(event(known)).toBe(known);
});
