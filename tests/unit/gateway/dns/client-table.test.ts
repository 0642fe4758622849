import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientBlockError, createClientFilter } from '../../../../main/gateway/client-filter.ts';
import { createClientTable } from '../../../../main/gateway/dns/client-table.ts';

describe('who may ask', () => {
  const may = createClientFilter(['10.200.0.0/24', '192.0.2.7/32', 'fd00::/64', 'fe80::/10']);
  it.each([
    ['10.200.0.0', true],
    ['10.200.0.255', true],
    ['10.200.1.0', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['fd00::ffff:1', true],
    ['fd00:0:0:0:0:0:0:1', true],
    ['fd00:0:0:1::1', false],
    ['fe80:0:0:0:0:0:0:1%3', true],
    ['::ffff:10.200.0.9', true],
    ['::ffff:10.201.0.9', false],
    ['', false],
    ['no address', false],
  ])('%s: %s', (address, expected) => {
    for (let times = 0; times < 2; times += 1) expect(may(address)).toBe(expected);
  });

  it.each(['10.0.0.0/33', 'fd00::/129', 'example/8', '10.0.0.0/x', '10.0.0.0'])('no block: %s', (block) => {
    expect(() => createClientFilter([block])).toThrow(ClientBlockError);
  });
});

describe('what a client may ask', () => {
  const table = (perSecond: number, inFlight = 2) => {
    let now = 0;
    const clients = createClientTable(['10.0.0.0/8'], { perSecond, inFlight }, () => now);
    return {
      clients,
      pass(seconds: number) {
        now += seconds;
      },
    };
  };
  const taken = (clients: ReturnType<typeof createClientTable>, address: string): number => {
    const client = clients.find(address);
    let count = 0;
    while (client !== null && count < 1_000 && clients.mayForward(client, 0)) count += 1;
    return count;
  };

  it('is limited per second, with no more after a long rest', () => {
    const { clients, pass } = table(100);
    expect(taken(clients, '10.0.0.1')).toBe(100);
    pass(0.25);
    expect(taken(clients, '10.0.0.1')).toBe(25);
    pass(3600);
    expect(taken(clients, '10.0.0.1')).toBe(100);
    expect(taken(clients, '10.0.0.2')).toBe(100);
  });

  it('is not limited per second where no rate is set', () => {
    const clients = createClientTable(['10.0.0.0/8'], { perSecond: null, inFlight: 2 }, () => 0);
    const client = clients.find('10.0.0.1') ?? expect.unreachable();
    for (let i = 0; i < 100_000; i += 1) expect(clients.mayForward(client, 0)).toBe(true);
  });

  it('is a share while more comes in than can be answered, which leaves each client what it asks if that is little', () => {
    const asked = fc.array(
      fc.record({ client: fc.integer({ min: 0, max: 30 }), times: fc.integer({ min: 1, max: 400 }) }),
    );
    fc.assert(
      fc.property(asked, fc.infiniteStream(fc.nat()), (askers, choices) => {
        const clients = createClientTable(['10.0.0.0/8'], { perSecond: null, inFlight: 2 }, () => 0);
        for (const crowd of [1, 2]) {
          const left = askers.flatMap(({ client, times }) => new Array<number>(times).fill(client));
          const wanted = new Map<number, number>();
          const given = new Map<number, number>();
          while (left.length > 0) {
            const [{ value }] = [choices.next()];
            const [who = 0] = left.splice(value % left.length, 1);
            const client = clients.find(`10.0.0.${who}`) ?? expect.unreachable();
            wanted.set(who, (wanted.get(who) ?? 0) + 1);
            if (clients.mayForward(client, crowd)) given.set(who, (given.get(who) ?? 0) + 1);
          }
          const share = Math.max(8, Math.floor(256 / Math.max(1, wanted.size)));
          for (const [who, count] of wanted) {
            expect(given.get(who)).toBeGreaterThanOrEqual(Math.min(count, share));
            expect(given.get(who)).toBeLessThanOrEqual(256);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is limited in flight', () => {
    const { clients } = table(100, 2);
    const client = clients.find('10.0.0.1') ?? expect.unreachable();
    client.inFlight = 1;
    expect(clients.isBelowInFlightLimit(client)).toBe(true);
    client.inFlight = 2;
    expect(clients.isBelowInFlightLimit(client)).toBe(false);
  });

  it('is nothing for a stranger, and is known for the last 4096 clients', () => {
    const { clients } = table(100);
    expect(clients.find('192.0.2.1')).toBeNull();
    const first = clients.find('10.0.0.0');
    for (let i = 1; i < 4096; i += 1) clients.find(`10.0.${i >> 8}.${i & 255}`);
    expect(clients.find('10.0.0.0')).toBe(first);
    clients.find('10.1.0.0');
    expect(clients.find('10.0.0.0')).not.toBe(first);
  });
});
