import * as packet from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { type AnswerCache, createAnswerCache } from '../../../../main/gateway/dns/answer-cache.ts';
import { createCachingResolver } from '../../../../main/gateway/dns/caching-resolver.ts';
import { createClientTable } from '../../../../main/gateway/dns/client-table.ts';
import { DnsCounters } from '../../../../main/gateway/dns/dns-counters.ts';
import { lookUpAddresses } from '../../../../main/gateway/dns/resolve-addresses.ts';
import type { Resolver } from '../../../../main/gateway/dns/resolver.ts';
import { ANSWER_LATER, ANSWER_ROOM, createResponder } from '../../../../main/gateway/dns/responder.ts';
import { createSplitResolver, type SplitResolver } from '../../../../main/gateway/dns/split-resolver.ts';
import { nameAsBytes } from '../../../../main/gateway/dns/wire.ts';
import { openRules } from '../../../../shared/rule-set/rule-set.ts';

/** A responder over the real resolvers, with a general upstream and one for corp.example, that counts its look-ups. */
function counting() {
  const count = { domain: 0, cache: 0, asked: 0 };
  const upstream: Resolver = {
    ask({ question }, done) {
      count.asked += 1;
      const header = Buffer.from('000081800001000100000000', 'hex');
      const record = Buffer.from('c00c000100010000003c00040a000001', 'hex');
      queueMicrotask(() => done(Buffer.concat([header, question, record])));
    },
    setUpstreams: () => undefined,
    close: () => undefined,
  };
  const open = () => {
    const cache = createAnswerCache(() => 0, 1);
    const counted: AnswerCache = {
      ...cache,
      get(...args) {
        count.cache += 1;
        return cache.get(...args);
      },
    };
    return createCachingResolver(upstream, counted);
  };
  const split = createSplitResolver(open(), [
    { domain: nameAsBytes('corp.example') ?? expect.unreachable(), resolver: open() },
  ]);
  const resolvers: Pick<SplitResolver, 'resolverFor'> = {
    resolverFor(...args) {
      count.domain += 1;
      return split.resolverFor(...args);
    },
  };
  const clients = createClientTable(['127.0.0.0/8'], { perSecond: 100, inFlight: 100 }, () => 0);
  const observer = { denied: () => undefined, probe: () => undefined };
  const counters = new DnsCounters(DnsCounters.allocate());
  const rules = { generation: 1, ruleSet: openRules(), refusalText: '' };
  const responder = createResponder(rules, resolvers, counters, observer, () => 0);
  const ask = async (name: string): Promise<{ cached: boolean; answers: packet.Answer[] | undefined }> => {
    const message = packet.encode({ id: 7, questions: [{ name, type: 'A' }] });
    const out = new Uint8Array(ANSWER_ROOM);
    const later = Promise.withResolvers<Buffer>();
    const context = {
      ...{ view: 'engine' as const, client: clients.find('127.0.0.1'), clients, crowd: 0, overTcp: false },
      answerLater: () => (answer: Uint8Array, length: number) => later.resolve(Buffer.from(answer.subarray(0, length))),
    };
    const length = responder.answer(context, message, message.length, out);
    const bytes = length === ANSWER_LATER ? await later.promise : Buffer.from(out.subarray(0, length));
    return { cached: length !== ANSWER_LATER, answers: packet.decode(bytes).answers };
  };
  return { count, resolvers, ask };
}

describe.each(['www.example', 'www.corp.example'])('a question for %s', (name) => {
  it('takes one look-up among the split domains and one in the cache when it is forwarded', async () => {
    const { count, ask } = counting();
    expect(await ask(name)).toMatchObject({ cached: false, answers: [{ data: '10.0.0.1' }] });
    expect(count).toEqual({ domain: 1, cache: 1, asked: 1 });
  });

  it('takes one of each when its answer is cached', async () => {
    const { count, ask } = counting();
    await ask(name);
    Object.assign(count, { domain: 0, cache: 0, asked: 0 });
    expect(await ask(name)).toMatchObject({ cached: true, answers: [{ data: '10.0.0.1' }] });
    expect(count).toEqual({ domain: 1, cache: 1, asked: 0 });
  });

  it('takes one of each per address family when the proxy asks it', async () => {
    const { count, resolvers } = counting();
    expect(await lookUpAddresses(name, resolvers)).toEqual([{ address: '10.0.0.1', family: 4 }]);
    expect(count).toEqual({ domain: 2, cache: 2, asked: 2 });
  });
});
