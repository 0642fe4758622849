import { describe, expect, it } from 'vitest';
import { isForbiddenTarget } from '../../../../main/platform/net/forbidden-target.ts';

const own = [
  { host: '10.200.0.1', port: 3128 },
  { host: 'fd00::1', port: 53 },
];

describe('a tunnel', () => {
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    'fd20:ce::254',
    '100.100.100.200',
    '192.0.0.192',
    '168.63.129.16',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '0:0:0:0:0:ffff:a9fe:a9fe',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    'localhost',
    '',
  ])('does not lead to %s', (address) => {
    expect(isForbiddenTarget(address, 443, own)).toBe(true);
  });

  it.each(['10.200.0.1', '::ffff:10.200.0.1'])('does not lead to a listener of the gateway at %s', (address) => {
    expect(isForbiddenTarget(address, 3128, own)).toBe(true);
    expect(isForbiddenTarget(address, 443, own)).toBe(false);
  });

  it.each(['fd00::1', 'fd00:0:0:0:0:0:0:1', 'FD00::0001'])(
    'does not lead to a listener in any spelling: %s',
    (address) => {
      expect(isForbiddenTarget(address, 53, own)).toBe(true);
    },
  );

  it.each([
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '100.64.0.1',
    '140.82.121.33',
    'fd00::1',
    '2606:50c0::1',
    '64:ff9b::8c52:7921',
  ])('may lead to %s', (address) => {
    expect(isForbiddenTarget(address, 443, own)).toBe(false);
  });
});
