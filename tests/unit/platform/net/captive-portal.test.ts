import { expect, it } from 'vitest';
import { captivePortalSign } from '../../../../main/platform/net/captive-portal.ts';

const url = new URL('https://hub.acme.example/token');
const answer = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

it.each([
  [511, {}, { kind: 'sign-in-required' }],
  [
    302,
    { location: 'http://login.wifi.example/?u=1' },
    { kind: 'redirect', cause: 'HTTP 302 to http://login.wifi.example' },
  ],
  [307, { location: '/here' }, { kind: 'redirect', cause: 'HTTP 307 to https://hub.acme.example' }],
  [302, {}, { kind: 'redirect', cause: 'HTTP 302 to another place' }],
  [200, { 'content-type': 'Text/HTML; charset=utf-8' }, { kind: 'web-page', cause: 'HTTP 200 with a web page' }],
])('sees a captive portal in HTTP %i %j', (status, headers, sign) => {
  expect(captivePortalSign(url, answer(status, headers))).toMatchObject(sign);
});

it.each([
  [200, { 'content-type': 'application/json' }],
  [200, {}],
  [304, {}],
  [404, { 'content-type': 'text/html' }],
  [503, { 'content-type': 'text/html' }],
])('takes HTTP %i %j for an answer of the server', (status, headers) => {
  expect(captivePortalSign(url, answer(status, headers))).toBeNull();
});
