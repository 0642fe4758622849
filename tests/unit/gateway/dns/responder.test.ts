import * as packet from 'dns-packet';
import { describe, expect, it } from 'vitest';
import type { CachingResolver } from '../../../../main/gateway/dns/caching-resolver.ts';
import { type Client, createClientTable } from '../../../../main/gateway/dns/client-table.ts';
import { DnsCounters } from '../../../../main/gateway/dns/dns-counters.ts';
import {
  ANSWER_LATER,
  ANSWER_ROOM,
  createResponder,
  type DnsRules,
  NO_ANSWER,
} from '../../../../main/gateway/dns/responder.ts';
import { denyRules, openRules } from '../../../../shared/rule-set/rule-set.ts';

const OPEN: DnsRules = { generation: 1, ruleSet: openRules(), refusalText: '' };
const CLOSED: DnsRules = { generation: 2, ruleSet: denyRules('policy-expired'), refusalText: 'blocked' };

/** A responder whose upstreams wait until the test answers, for one client that may ask twice a second. */
function responding({ perSecond = 2 as number | null, inFlight = 1 } = {}) {
  const asking = { crowd: 0, cached: false };
  const asked: { name: string; done: (answer: Buffer | null) => void }[] = [];
  const resolver: CachingResolver = {
    cached(bytes, at, end, _traits, out) {
      if (!asking.cached) return 0;
      const question = bytes.subarray(at, end);
      const whole = Buffer.concat([Buffer.from('000080000001000000000000', 'hex'), question]);
      out.set(whole);
      return whole.length;
    },
    ask({ question }, done) {
      const message = Buffer.concat([Buffer.from('000000000001000000000000', 'hex'), question]);
      asked.push({ name: packet.decode(message).questions?.[0]?.name ?? '', done });
    },
    setUpstreams: () => undefined,
    close: () => undefined,
  };
  const clients = createClientTable(['10.0.0.0/8'], { perSecond, inFlight }, () => 0);
  const counters = new DnsCounters(DnsCounters.allocate());
  const observer = { denied: () => undefined, probe: () => undefined };
  const responder = createResponder(OPEN, { resolverFor: () => resolver }, counters, observer, () => 0);
  const later: packet.DecodedPacket[] = [];
  const client = clients.find('10.0.0.1') ?? expect.unreachable();
  const send = (message: Uint8Array, overTcp = false, from: Client | null = client) => {
    const out = new Uint8Array(ANSWER_ROOM);
    const context = {
      ...{ view: 'engine' as const, client: from, clients, crowd: asking.crowd, overTcp },
      answerLater: () => (answer: Uint8Array, length: number) =>
        void later.push(packet.decode(Buffer.from(answer.subarray(0, length)))),
    };
    const length = responder.answer(context, message, message.length, out);
    return length > 0 ? packet.decode(Buffer.from(out.subarray(0, length))) : length;
  };
  const ask = (name: string, overTcp = false) =>
    send(packet.encode({ id: 7, questions: [{ name, type: 'A' }] }), overTcp);
  return { responder, counters, clients, client, asked, asking, later, send, ask };
}

function answer(name: string): Buffer {
  return packet.encode({
    ...{ type: 'response', id: 0, questions: [{ name, type: 'A', class: 'IN' }] },
    answers: [{ type: 'A', name, ttl: 60, data: '10.0.0.1' }],
  });
}

describe('a forwarded question', () => {
  it('gets the answer of the upstream, with its own id', () => {
    const { asked, later, ask } = responding();
    expect(ask('a.example')).toBe(ANSWER_LATER);
    asked[0]?.done(answer('a.example'));
    expect(later).toMatchObject([{ id: 7, rcode: 'NOERROR', answers: [{ data: '10.0.0.1' }] }]);
  });

  it('gets SERVFAIL, which is counted, where no upstream answers', () => {
    const { asked, later, counters, ask } = responding();
    ask('a.example');
    asked[0]?.done(null);
    expect(later).toMatchObject([{ id: 7, rcode: 'SERVFAIL', questions: [{ name: 'a.example' }] }]);
    expect([counters.get('allowed'), counters.get('failed')]).toEqual([1, 1]);
  });

  it('is answered by the rules that apply when the upstream has answered', () => {
    const { responder, asked, later, counters, ask } = responding();
    ask('a.example');
    responder.setRules(CLOSED);
    asked[0]?.done(answer('a.example'));
    expect(later).toMatchObject([{ id: 7, rcode: 'NXDOMAIN', answers: [] }]);
    expect([counters.get('allowed'), counters.get('denied')]).toEqual([1, 1]);
  });

  it('still gets its answer where new rules allow it too', () => {
    const { responder, asked, later, ask } = responding();
    ask('a.example');
    responder.setRules({ ...OPEN, generation: 3 });
    asked[0]?.done(answer('a.example'));
    expect(later).toMatchObject([{ rcode: 'NOERROR', answers: [{ data: '10.0.0.1' }] }]);
  });
});

describe('above the limits of a client', () => {
  it('every second question over UDP is truncated, the others are dropped', () => {
    const { counters, ask } = responding({ perSecond: 1, inFlight: 100 });
    expect(ask('a.example')).toBe(ANSWER_LATER);
    const answers = Array.from({ length: 4 }, () => ask('a.example'));
    expect(answers).toMatchObject([{ flag_tc: true }, NO_ANSWER, { flag_tc: true }, NO_ANSWER]);
    expect(counters.get('limited')).toBe(4);
  });

  it('cached answers are free', () => {
    const { counters, asking, ask } = responding({ perSecond: 1, inFlight: 1 });
    expect(ask('a.example')).toBe(ANSWER_LATER);
    asking.cached = true;
    for (let i = 0; i < 10; i += 1) expect(ask('a.example')).toMatchObject({ rcode: 'NOERROR', flag_tc: false });
    expect([counters.get('allowed'), counters.get('limited')]).toEqual([11, 0]);
  });

  it('without a rate, only a crowd sets any over UDP', () => {
    const { counters, asking, ask } = responding({ perSecond: null, inFlight: 1e6 });
    for (let i = 0; i < 50_000; i += 1) ask('a.example');
    expect(counters.get('limited')).toBe(0);
    asking.crowd = 1;
    for (let i = 0; i < 1_000; i += 1) ask('a.example');
    expect(counters.get('limited')).toBe(1_000 - 256);
    for (let i = 0; i < 10; i += 1) expect(ask('a.example', true)).toBe(ANSWER_LATER);
    asking.crowd = 0;
    expect(ask('a.example')).toBe(ANSWER_LATER);
  });

  it('questions over TCP need no token, but there are only so many in flight', () => {
    const { ask } = responding({ perSecond: 1, inFlight: 3 });
    for (let i = 0; i < 3; i += 1) expect(ask('a.example', true)).toBe(ANSWER_LATER);
    expect(ask('a.example', true)).toMatchObject({ rcode: 'REFUSED' });
  });

  it('there is room again when an upstream has answered, or not', () => {
    const { asked, client, ask } = responding({ perSecond: 100, inFlight: 1 });
    ask('a.example');
    expect(client.inFlight).toBe(1);
    asked[0]?.done(answer('a.example'));
    expect(ask('b.example')).toBe(ANSWER_LATER);
    asked[1]?.done(null);
    expect(client.inFlight).toBe(0);
  });
});

describe('a stranger', () => {
  it('gets no answer to garbage, where a known client gets FORMERR', () => {
    const { send, counters } = responding();
    const garbage = Buffer.alloc(12);
    expect(send(garbage, false, null)).toBe(NO_ANSWER);
    expect(send(garbage)).toMatchObject({ rcode: 'FORMERR' });
    expect(counters.get('malformed')).toBe(2);
  });

  it('gets REFUSED to a question, over UDP no longer than the question', () => {
    const { send, counters, asked } = responding();
    const question = packet.encode({ id: 7, questions: [{ name: 'a.example', type: 'A' }] });
    expect(send(question, false, null)).toMatchObject({ rcode: 'REFUSED', additionals: [] });
    expect(counters.get('refused')).toBe(1);
    expect(asked).toEqual([]);
  });
});
