import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeSubnet, parseBlock } from '../../../main/platform/net/free-subnet.ts';

const none = new Set<string>();
const blocks = (...texts: string[]) => texts.map(parseBlock).filter((block) => block !== null);

describe('the network of a new VM', () => {
  it('is the first one that is free', () => {
    expect(freeSubnet(blocks('192.0.2.0/24', '127.0.0.0/8'), none)).toBe('10.200.0');
  });

  it('is not one that another VM has reserved', () => {
    expect(freeSubnet([], new Set(['10.200.0', '10.200.1']))).toBe('10.200.2');
  });

  it.each([
    ['the same block', '10.200.0.0/24'],
    ['a part of it', '10.200.0.128/25'],
    ['a single address in it', '10.200.0.9'],
  ])('is not one in which this machine already has %s', (_, route) => {
    expect(freeSubnet(blocks(route), none)).toBe('10.200.1');
  });

  it('avoids a wider route if it can', () => {
    expect(freeSubnet(blocks('10.200.0.0/16'), none)).toBe('10.201.0');
  });

  it('lies inside a wider route if all of 10.0.0.0/8 is routed, as with a VPN', () => {
    expect(freeSubnet(blocks('10.0.0.0/8', '10.200.0.0/24'), none)).toBe('10.200.1');
  });

  it('is none, if none is left', () => {
    const all = Array.from({ length: 55 * 256 }, (_, i) => `10.${200 + Math.floor(i / 256)}.${i % 256}`);
    expect(freeSubnet([], new Set(all))).toBeNull();
  });

  it('never holds an address that this machine routes by itself', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 200, max: 203 }), fc.nat(255), fc.nat(255))), (addresses) => {
        const subnet = freeSubnet(blocks(...addresses.map((octets) => `10.${octets.join('.')}`)), none);
        expect(addresses.map(([high, low]) => `10.${high}.${low}`)).not.toContain(subnet);
      }),
    );
  });
});

describe('a block as ip(8) prints it', () => {
  it.each(['default', '10.0.0', '10.0.0.256', '10.0.0.0/33', 'fe80::/64', ''])('is not %j', (text) => {
    expect(parseBlock(text)).toBeNull();
  });

  it('is one address where no length is given', () => {
    expect(parseBlock('0.0.1.2')).toEqual({ base: 258, bits: 32 });
  });
});
