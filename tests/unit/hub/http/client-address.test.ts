import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../../../main/hub/http/client-address.ts';
import { clientShare } from '../../../../main/platform/net/client-share.ts';

const request = (forwarded: string | undefined, remoteAddress = '10.0.0.1') =>
  ({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe('whose request it is', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['your own laptop, 203.0.113.9', '203.0.113.9'],
    ['198.51.100.1,203.0.113.9', '203.0.113.9'],
    ['203.0.113.9:5123', '203.0.113.9'],
    ['[2001:db8::7]:5123', '2001:db8::7'],
    ['2001:db8::7', '2001:db8::7'],
    ['203.0.113.9, your own laptop', null],
    ['203.0.113.9,', null],
    ['<b>here</b>', null],
    ['unknown', null],
    ['', null],
    [undefined, null],
  ])('behind the proxy "%s" is %s', (forwarded, address) => {
    expect(clientAddress(request(forwarded), true)).toBe(address);
  });

  it('is the other end of the connection where there is no proxy, whatever it says', () => {
    expect(clientAddress(request('203.0.113.9'), false)).toBe('10.0.0.1');
    expect(clientAddress(request(undefined, '::ffff:10.0.0.2'), false)).toBe('10.0.0.2');
  });

  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::9', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    [null, ''],
  ])('%s shares the limits of %s', (address, share) => {
    expect(clientShare(address)).toBe(share);
  });
});
