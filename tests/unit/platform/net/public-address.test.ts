import { describe, expect, it } from 'vitest';
import { isPublicAddress, networksOf } from '../../../../main/platform/net/public-address.ts';

describe('a public address', () => {
  it.each(['1.1.1.1', '93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    '%s is one',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    // This machine, its link and the networks of a house.
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['100.64.0.1', '169.254.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '240.0.0.1'],
    ...['::1', '::', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12:3456::1', 'fec0::1', 'ff02::1', '2001:db8::1'],
    // Metadata services.
    ...['169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'],
    // In IPv6 clothes: mapped, compatible, translated, NAT64, 6to4.
    ...['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '::a00:1'],
    ...['::ffff:0:127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::10.0.0.1', '64:ff9b:1::a00:1', '2002:a00:1::1'],
    ...['2002:7f00:1::', '0:0:0:0:0:ffff:7f00:1', 'localhost', '', '0x7f.1', '127.1'],
  ])('%s is none', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('networks that an operator names', () => {
  it('have the addresses in them, in every spelling', () => {
    const networks = networksOf(['10.1.0.0/16', '127.0.0.1', 'fd00::/8']);
    for (const address of ['10.1.255.1', '::ffff:10.1.0.1', '127.0.0.1', 'fd00::1']) {
      expect([address, networks?.has(address)]).toEqual([address, true]);
    }
    for (const address of ['10.2.0.1', '127.0.0.2', '::ffff:10.2.0.1', 'fe80::1', 'nonsense']) {
      expect([address, networks?.has(address)]).toEqual([address, false]);
    }
  });

  it.each(['10.1.0.0/33', '10.1.0.0/', '10.1.0.0/1/2', 'hooks.example', 'fe80::1%eth0/64', '10.1.0.0/-1', ''])(
    '%s is none',
    (text) => expect(networksOf([text])).toBeNull(),
  );
});
