import { describe, expect, it } from 'vitest';
import { planTakeOver, type SocketPlace, storeName } from '../../../../main/gateway/service/kept-sockets.ts';
import type { SocketAddress } from '../../../../main/platform/net/socket-address.ts';

const DNS: SocketPlace = { address: { host: '172.17.0.1', port: 53 }, udp: 2, tcp: 2 };
const PROXY: SocketPlace = { address: { host: '172.17.0.1', port: 3128 }, udp: 0, tcp: 1 };

interface Given {
  name: string;
  fd: number;
  protocol: 'udp' | 'tcp';
  address: SocketAddress;
}

const WHOLE: Given[] = [
  { name: 'udp-172.17.0.1.53', fd: 3, protocol: 'udp', address: DNS.address },
  { name: 'udp-172.17.0.1.53', fd: 4, protocol: 'udp', address: DNS.address },
  { name: 'tcp-172.17.0.1.53', fd: 5, protocol: 'tcp', address: DNS.address },
  { name: 'tcp-172.17.0.1.53', fd: 6, protocol: 'tcp', address: DNS.address },
  { name: 'tcp-172.17.0.1.3128', fd: 7, protocol: 'tcp', address: PROXY.address },
];

function plan(given: Given[], places: SocketPlace[] = [DNS, PROXY]) {
  const { held, dropped } = planTakeOver(places, given, (fd, protocol, { host, port }) => {
    const of = given.find((each) => each.fd === fd);
    const isSame = of?.protocol === protocol && of.address.host === host && (port === 0 || of.address.port === port);
    return isSame ? of.address.port : null;
  });
  return { held: places.map((place) => held.get(place) ?? null), dropped: dropped.map(({ fd }) => fd) };
}

describe('what a start takes over', () => {
  it('is what its predecessor listened on', () => {
    expect(plan(WHOLE)).toEqual({
      held: [
        { address: DNS.address, udp: [3, 4], tcp: [5, 6] },
        { address: PROXY.address, udp: [], tcp: [7] },
      ],
      dropped: [],
    });
    expect(plan([])).toEqual({ held: [null, null], dropped: [] });
  });

  it.each<[string, Given[], number[]]>([
    ['one socket too few', WHOLE.filter(({ fd }) => fd !== 6), [3, 4, 5]],
    [
      'one too many',
      [...WHOLE, { name: 'udp-172.17.0.1.53', fd: 8, protocol: 'udp', address: DNS.address }],
      [3, 4, 5, 6, 8],
    ],
    [
      'one that is bound to another address',
      WHOLE.map((each) => (each.fd === 4 ? { ...each, address: { host: '0.0.0.0', port: 53 } } : each)),
      [3, 4, 5, 6],
    ],
    [
      'one of the other protocol',
      WHOLE.map((each) => (each.fd === 5 ? { ...each, protocol: 'udp' } : each)),
      [3, 4, 5, 6],
    ],
  ])('is nothing of an address with %s', (_, given, dropped) => {
    expect(plan(given)).toEqual({ held: [null, { address: PROXY.address, udp: [], tcp: [7] }], dropped });
  });

  it('is nothing of other names, whatever they are', () => {
    const others = WHOLE.map((each) => ({ ...each, name: each.name.replace('172.17.0.1', 'x') }));
    expect(plan(others)).toEqual({ held: [null, null], dropped: [3, 4, 5, 6, 7] });
  });

  it('has the port that was picked, where that is the same for all', () => {
    const anyPort = { ...DNS, address: { ...DNS.address, port: 0 } };
    const picked = WHOLE.slice(0, 4).map((each) => ({
      ...each,
      name: each.name.replace('.53', '.0'),
      address: { host: '172.17.0.1', port: 4053 },
    }));
    expect(plan(picked, [anyPort]).held).toEqual([
      { address: { host: '172.17.0.1', port: 4053 }, udp: [3, 4], tcp: [5, 6] },
    ]);
    const mixed = picked.map((each) =>
      each.fd === 3 ? { ...each, address: { host: '172.17.0.1', port: 4054 } } : each,
    );
    expect(plan(mixed, [anyPort])).toEqual({ held: [null], dropped: [3, 4, 5, 6] });
  });
});

it('names sockets without a colon, which would end the name', () => {
  expect(storeName('udp', { host: '::1', port: 53 })).toBe('udp-[..1].53');
});
