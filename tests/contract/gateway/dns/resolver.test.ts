import { randomFillSync } from 'node:crypto';
import * as packet from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import type { Lookup } from '../../../../main/gateway/dns/lookup.ts';
import { createRandomNumbers } from '../../../../main/gateway/dns/random-numbers.ts';
import { createResolver, type Resolver } from '../../../../main/gateway/dns/resolver.ts';
import { nodeUdp } from '../../../../main/gateway/native/node-udp.ts';
import { parseSocketAddress } from '../../../../main/platform/net/socket-address.ts';
import { type DnsStub, startDnsStub } from '../../../support/dns-stub.ts';

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  const stack = cleanup;
  cleanup = new AsyncDisposableStack();
  await stack.disposeAsync();
});

async function stub(...args: Parameters<typeof startDnsStub>): Promise<DnsStub> {
  const started = await startDnsStub(...args);
  cleanup.defer(() => started.close());
  return started;
}

function resolverOf(upstreams: DnsStub[]): { resolver: Resolver; ask: (name: string) => Promise<string | null> } {
  const resolver = createResolver(
    upstreams.map(({ address }) => parseSocketAddress(address)),
    createRandomNumbers((bytes) => randomFillSync(bytes)),
    nodeUdp,
    () => undefined,
  );
  cleanup.defer(() => resolver.close());
  const ask = (name: string): Promise<string | null> =>
    new Promise((resolve) =>
      resolver.ask(lookup(name), (bytes) => {
        const [record] = (bytes === null ? null : packet.decode(bytes))?.answers ?? [];
        resolve(record !== undefined && 'data' in record ? String(record.data) : null);
      }),
    );
  return { resolver, ask };
}

function lookup(name: string): Lookup {
  const bytes = packet.encode({ questions: [{ name, type: 'A', class: 'IN' }] });
  return { question: Uint8Array.from(bytes.subarray(12)), flags: 0x100, hasOpt: false, dnssecOk: false };
}

const address =
  (data: string) =>
  ({ name }: packet.Question): packet.Answer[] => [{ type: 'A', name, ttl: 60, data }];

describe('the upstreams', () => {
  it('may change while questions are in flight: these are still answered, later ones go to the new upstreams', async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const old = await stub(async (asked) => {
      arrived.resolve();
      await release.promise;
      return address('10.0.0.1')(asked);
    });
    const now = await stub(address('10.0.0.2'));
    const { resolver, ask } = resolverOf([old]);
    const underWay = ask('a.example');
    await arrived.promise;
    resolver.setUpstreams([parseSocketAddress(now.address)]);
    expect(await ask('b.example')).toBe('10.0.0.2');
    release.resolve();
    expect(await underWay).toBe('10.0.0.1');
    expect(await ask('a.example')).toBe('10.0.0.2');
    expect(old.asked).toHaveLength(1);
    resolver.setUpstreams([]);
    expect(await ask('c.example')).toBeNull();
  });

  it('that fail are not asked again after a change: the next attempt goes to the new ones', async () => {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const failing = await stub(async () => {
      arrived.resolve();
      await release.promise;
      return { flags: 2 };
    });
    const other = await stub(() => ({ flags: 2 }));
    const good = await stub(address('10.0.0.2'));
    const { resolver, ask } = resolverOf([failing, other]);
    const underWay = ask('a.example');
    await arrived.promise;
    resolver.setUpstreams([parseSocketAddress(good.address)]);
    release.resolve();
    expect(await underWay).toBe('10.0.0.2');
    expect(other.asked).toEqual([]);
  });

  it('get at most 4096 questions at once: later ones are not asked', async () => {
    const silent = await stub(() => null);
    const { resolver, ask } = resolverOf([silent]);
    const all = Array.from({ length: 4_096 }, (_, index) => ask(`${index}.example`));
    let answered = false;
    void all[0]?.then(() => {
      answered = true;
    });
    expect(await ask('one-more.example')).toBeNull();
    expect(answered).toBe(false);
    resolver.close();
    expect((await Promise.all(all)).every((each) => each === null)).toBe(true);
    expect(silent.asked.map(({ name }) => name)).not.toContain('one-more.example');
  });
});
