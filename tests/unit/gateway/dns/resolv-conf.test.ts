import { describe, expect, it } from 'vitest';
import { createEmptyReadingFilter, nameserversOf } from '../../../../main/gateway/dns/resolv-conf.ts';
import type { SocketAddress } from '../../../../main/platform/net/socket-address.ts';

const at53 = (host: string): SocketAddress => ({ host, port: 53 });

describe('the name servers of a resolv.conf', () => {
  it('are those with an address, in order, each once', () => {
    const text = [
      '# nameserver 192.0.2.9',
      'search acme.example',
      'nameserver 192.0.2.1',
      '  nameserver\t2001:db8::53\r',
      'nameserver fe80::1%eth0',
      'nameserver dns.example',
      'nameserver 2001:DB8:0::53',
      'options edns0',
    ].join('\n');
    expect(nameserversOf(text, [])).toEqual(['192.0.2.1', '2001:db8::53', 'fe80::1%eth0'].map(at53));
  });

  it('are never the gateway itself, however its address is spelled', () => {
    const text = ['10.200.0.1', 'fd00:0:0::1', '::ffff:10.200.0.1', '10.200.0.2'].map((host) => `nameserver ${host}\n`);
    expect(nameserversOf(text.join(''), [at53('10.200.0.1'), at53('fd00::1')])).toEqual([at53('10.200.0.2')]);
    expect(nameserversOf(text.join(''), [{ host: '10.200.0.2', port: 5353 }])).toHaveLength(3);
  });

  it('are gone once readings have found none for five seconds: a program that rewrites the file empties it first', () => {
    const counts = createEmptyReadingFilter();
    const some = [at53('192.0.2.1')];
    const used = (found: SocketAddress[], ...times: number[]) => times.map((now) => counts(found, now));
    expect(used(some, 0)).toEqual([true]);
    expect(used([], 1_000, 1_100, 5_999)).toEqual([false, false, false]);
    expect(used(some, 6_000)).toEqual([true]);
    expect(used([], 7_000, 11_999, 12_000, 12_001)).toEqual([false, false, true, true]);
    expect(used(some, 12_002)).toEqual([true]);
  });
});
