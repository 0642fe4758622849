import { describe, expect, it } from 'vitest';
import {
  hasPassed,
  hasUnknownCoding,
  requestHeaders,
  responseHeaders,
  tunnelVia,
} from '../../../../main/gateway/proxy/forwarded-headers.ts';

const AUTHORITY = 'registry.example:5000';
const PSEUDONYM = 'portcullis-1';
const request = (raw: string[], headers = {}): string[] => requestHeaders(raw, headers, AUTHORITY, PSEUDONYM);

describe('the headers of a request', () => {
  it('are forwarded in their order and spelling, behind the host of the URL and before Via', () => {
    expect(request(['Accept', 'a', 'X-Meta', '1', 'accept', 'b'])).toEqual([
      ...['Host', AUTHORITY],
      ...['Accept', 'a', 'X-Meta', '1', 'accept', 'b'],
      ...['Via', '1.1 portcullis-1'],
    ]);
  });

  it.each([
    'Connection',
    'Keep-Alive',
    'Proxy-Authenticate',
    'proxy-authorization',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
    'Host',
    'Expect',
  ])('end here with %s', (name) => {
    expect(request([name, 'secret', 'Accept', '*/*'])).toEqual(request(['Accept', '*/*']));
  });

  it('end here with what Connection names, in any case, and never with the length of the body', () => {
    const raw = ['X-Hop', '1', 'Content-Length', '7', 'x-other', '2', 'X-End', '3'];
    const headers = { connection: 'x-hop , X-OTHER, content-length' };
    expect(request(raw, headers)).toEqual(request(['Content-Length', '7', 'X-End', '3']));
  });

  it('say that the body is chunked where it was', () => {
    expect(request([], { 'transfer-encoding': 'chunked' }).slice(-2)).toEqual(['Transfer-Encoding', 'chunked']);
    expect(request([])).not.toContain('chunked');
  });

  it('keep the Via of earlier proxies as a line of its own', () => {
    expect(request(['Via', '1.1 corp']).filter((each) => each === 'Via')).toHaveLength(2);
  });
});

describe('the headers of a response', () => {
  it('are forwarded without those that end here', () => {
    const raw = ['Server', 'x', 'Connection', 'close, X-Hop', 'X-Hop', '1', 'Expect', 'y', 'Host', 'z'];
    expect(responseHeaders(raw, { connection: 'close, X-Hop' }, PSEUDONYM)).toEqual([
      ...['Server', 'x', 'Expect', 'y', 'Host', 'z'],
      ...['Via', '1.1 portcullis-1'],
    ]);
  });
});

describe('Via', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['1.1 portcullis-1', true],
    ['1.0 corp, HTTP/1.1   portcullis-1 (comment)', true],
    ['1.1 portcullis-10', false],
    ['portcullis-1', false],
  ])('%s tells whether a request has been here: %s', (via, expected) => {
    expect(hasPassed(via, PSEUDONYM)).toBe(expected);
  });

  it('of a tunnel comes behind those of earlier proxies', () => {
    expect(tunnelVia(undefined, PSEUDONYM)).toBe('1.1 portcullis-1');
    expect(tunnelVia('1.1 corp', PSEUDONYM)).toBe('1.1 corp, 1.1 portcullis-1');
    expect(hasPassed(tunnelVia('1.1 corp', PSEUDONYM), PSEUDONYM)).toBe(true);
  });
});

describe('a transfer coding', () => {
  it.each([
    [undefined, false],
    ['chunked', false],
    [' Chunked ', false],
    ['gzip, chunked', true],
    ['identity', true],
    ['chunked, chunked', true],
    ['', true],
  ])('of %j is unknown: %s', (coding, expected) => {
    expect(hasUnknownCoding({ 'transfer-encoding': coding })).toBe(expected);
  });
});
