import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exchangeOf } from '../../../../main/hub/http/exchange.ts';

const ISSUER = 'https://hub.example';

function pathAndUrl(asked: string): { path: string; url: string } | null {
  const exchange = exchangeOf({ url: asked } as IncomingMessage, {} as ServerResponse, ISSUER);
  return exchange && { path: exchange.path, url: exchange.url.href };
}

/** What a URL makes of it. */
function expected(asked: string): { path: string; url: string } | null {
  const url = URL.parse(asked, ISSUER);
  return url?.origin === ISSUER ? { path: url.pathname, url: url.href } : null;
}

const piece = fc.constantFrom(
  'v1',
  'orgs',
  'acme',
  'a-b_c',
  'x',
  '/',
  '//',
  '.',
  '..',
  '%2e',
  '%zz',
  '\\',
  '?',
  '#',
  '@',
  ':',
  ';',
  '=',
  'ä',
  ' ',
  '\t',
);

it('has the path and the address that a URL has, whatever is asked for', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, hasSlash) => {
      const asked = `${hasSlash ? '/' : ''}${pieces.join('')}`;
      expect(pathAndUrl(asked)).toEqual(expected(asked));
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  '/v1/me',
  '/v1/orgs/acme/membership?jkt=k&x=%20',
  '/v1/../dashboard/',
  '/v1/orgs/acme%20inc/settings',
  '/',
  '//v1/me',
  '//other.example/v1/me',
  '/v1//other.example',
  'https://other.example/v1/me',
  '*',
  '',
])('does so for %s', (asked) => {
  expect(pathAndUrl(asked)).toEqual(expected(asked));
});
