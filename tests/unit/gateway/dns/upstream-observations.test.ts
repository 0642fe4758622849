import { describe, expect, it } from 'vitest';
import {
  afterLongAnswer,
  afterRcode,
  afterTcp,
  afterUdp,
  errorOf,
  isSilent,
  NOTHING_OBSERVED,
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

it('allocates nothing for an answer like the one before', () => {
  const known = after(udp(), tcp(), rcode(RCODE.NOERROR));
  expect(after(udp(), tcp(), rcode(RCODE.NOERROR))).toEqual(known);
  for (const event of [udp(), tcp(), rcode(RCODE.NOERROR), longAnswer(true)]) expect(event(known)).toBe(known);
});
