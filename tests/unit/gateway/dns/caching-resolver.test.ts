import * as packet from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { createAnswerCache } from '../../../../main/gateway/dns/answer-cache.ts';
import { createCachingResolver } from '../../../../main/gateway/dns/caching-resolver.ts';
import type { Lookup } from '../../../../main/gateway/dns/lookup.ts';
import { resolve } from '../../../../main/gateway/dns/resolve-addresses.ts';
import type { Resolver } from '../../../../main/gateway/dns/resolver.ts';

function lookup(name: string, type = 'A'): Lookup {
  const bytes = packet.encode({ questions: [{ name, type: type as 'A', class: 'IN' }] });
  return { question: Uint8Array.from(bytes.subarray(12)), flags: 0x100, hasOpt: false, dnssecOk: false };
}

function answer(name: string, data: string): Buffer {
  return packet.encode({
    type: 'response',
    id: 0,
    questions: [{ name, type: 'A', class: 'IN' }],
    answers: [{ type: 'A', name, ttl: 60, data }],
  });
}

/** A resolver whose upstreams wait until the test answers. */
function caching() {
  const asked: { name: string; done: (answer: Buffer | null) => void }[] = [];
  const inner: Resolver = {
    ask({ question }, done) {
      const { questions = [] } = packet.decode(
        Buffer.concat([Buffer.from('000000000001000000000000', 'hex'), question]),
      );
      asked.push({ name: questions[0]?.name ?? '', done });
    },
    setUpstreams: () => undefined,
    close: () => undefined,
  };
  let now = 0;
  const resolver = createCachingResolver(
    inner,
    createAnswerCache(() => now, 1),
  );
  const ask = async (name: string): Promise<packet.DecodedPacket | null> => {
    const bytes = await resolve(lookup(name), { resolverFor: () => resolver });
    return bytes === null ? null : packet.decode(bytes);
  };
  return {
    asked,
    resolver,
    ask,
    pass(seconds: number) {
      now += seconds;
    },
  };
}

describe('a caching resolver', () => {
  it('asks the same question once at a time, and gives each client an answer in its own spelling', async () => {
    const { asked, ask } = caching();
    const all = ['a.example', 'A.example', 'a.EXAMPLE'].map(ask);
    expect(asked.map(({ name }) => name)).toEqual(['a.example']);
    asked[0]?.done(answer('a.example', '10.0.0.1'));
    const said = await Promise.all(all);
    expect(said.map((each) => each?.questions?.[0]?.name)).toEqual(['a.example', 'A.example', 'a.EXAMPLE']);
    for (const each of said) expect(each?.answers).toMatchObject([{ data: '10.0.0.1' }]);
  });

  it('tells all clients that wait when there is no answer, and asks again next time', async () => {
    const { asked, ask } = caching();
    const all = [ask('a.example'), ask('a.example')];
    asked[0]?.done(null);
    expect(await Promise.all(all)).toEqual([null, null]);
    void ask('a.example');
    expect(asked).toHaveLength(2);
  });

  it('forgets the answers of earlier upstreams, also those that come after the change', async () => {
    const { asked, resolver, ask } = caching();
    const first = ask('a.example');
    asked[0]?.done(answer('a.example', '10.0.0.1'));
    await first;
    const underWay = ask('b.example');
    resolver.setUpstreams([]);
    // Does not join what the earlier upstreams were asked.
    const again = ask('b.example');
    expect(asked.map(({ name }) => name)).toEqual(['a.example', 'b.example', 'b.example']);
    asked[1]?.done(answer('b.example', '10.0.0.1'));
    // The earlier answer has not ended the question to the new upstreams.
    const joined = ask('b.example');
    expect(asked).toHaveLength(3);
    asked[2]?.done(answer('b.example', '10.0.0.2'));
    expect((await joined)?.answers).toMatchObject([{ data: '10.0.0.2' }]);
    expect((await underWay)?.answers).toMatchObject([{ data: '10.0.0.1' }]);
    expect((await again)?.answers).toMatchObject([{ data: '10.0.0.2' }]);
    expect((await ask('b.example'))?.answers).toMatchObject([{ data: '10.0.0.2' }]);
    void ask('a.example');
    expect(asked.at(-1)?.name).toBe('a.example');
  });

  it('lets at most 16384 questions wait for the same answer', async () => {
    const { asked, ask } = caching();
    for (const [round, name] of ['a.example', 'b.example'].entries()) {
      const all = Array.from({ length: 1 + 16_384 }, () => ask(name));
      expect(await ask(name)).toBeNull();
      asked[round]?.done(answer(name, '10.0.0.1'));
      expect((await Promise.all(all)).every((each) => each !== null)).toBe(true);
      expect((await ask(name))?.answers).toHaveLength(1);
    }
  });
});
