import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createFileSource } from '../../../../main/agent/policy/file-source.ts';
import { systemClock } from '../../../../main/platform/time/clock.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';

const DOCUMENT = `head.${'x'.repeat(100_000)}.tail`;
const never = new AbortController().signal;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme.jws`;
}

const policyAt = (url: string, validator: string | null = null) =>
  createFileSource({ url, fetch, clock: systemClock }).policy(validator, never);
const refusedAt = (url: string) =>
  policyAt(url).then(
    () => 'accepted',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : Promise.reject(error)),
  );

describe('a policy file on a web server', () => {
  it('is asked for by its entity tag, and else by its date', async () => {
    const asked: unknown[] = [];
    const date = 'Sat, 28 Nov 2026 10:00:00 GMT';
    for (const [header, value, condition] of [
      ['etag', 'W/"7-42"', 'if-none-match'],
      ['last-modified', date, 'if-modified-since'],
    ] as const) {
      const url = await serve((request, response) => {
        asked.push(request.headers[condition]);
        const isKnown = request.headers[condition] === value;
        response.writeHead(isKnown ? 304 : 200, { [header]: value }).end(isKnown ? undefined : DOCUMENT);
      });
      const first = await policyAt(url);
      expect(first).toMatchObject({ kind: 'document', document: DOCUMENT, etag: value });
      expect(await policyAt(url, value)).toMatchObject({ kind: 'not-modified' });
    }
    expect(asked).toEqual([undefined, 'W/"7-42"', undefined, date]);
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ])('is read as it is, however it travels: %s', async (encoding, compress) => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': encoding }).end(compress(Buffer.from(DOCUMENT)));
    });
    expect(await policyAt(url)).toMatchObject({ kind: 'document', document: DOCUMENT });
  });

  it('is followed through some redirects, and not without end', async () => {
    const to = (path: string) =>
      serve((request, response) => {
        const [, left = '0'] = /^\/(\d+)$/.exec(request.url ?? '') ?? [];
        if (request.url === '/acme.jws') response.writeHead(302, { location: path }).end();
        else if (left === '0') response.end(DOCUMENT);
        else response.writeHead(307, { location: `/${Number(left) - 1}` }).end();
      });
    expect(await policyAt(await to('/2'))).toMatchObject({ kind: 'document', document: DOCUMENT });
    expect(await refusedAt(await to('/3'))).toBe('server-redirected');
    expect(await refusedAt(await to('file:///etc/passwd'))).toBe('server-redirected');
  });

  it.each([
    [404, 'policy-file-missing', {}],
    [403, 'policy-file-forbidden', {}],
    [401, 'policy-file-forbidden', {}],
    [429, 'server-busy', {}],
    [503, 'server-failed', {}],
    [206, 'server-unexpected', {}],
    [304, 'server-unexpected', {}],
    [200, 'captive-portal', { 'content-type': 'text/html; charset=utf-8' }],
    [511, 'captive-portal', {}],
    [200, 'too-large', { 'content-length': String(300 * 1024 * 1024) }],
  ])('with HTTP %s is %s', async (status, code, headers) => {
    const url = await serve((_request, response) => {
      response.on('error', () => undefined);
      response.writeHead(status, headers).end(status === 304 ? undefined : 'x');
    });
    expect(await refusedAt(url)).toBe(code);
  });

  it('tells the server’s time, also where a cache has kept the answer for an hour', async () => {
    const url = await serve((_request, response) => {
      const date = new Date(Date.now() - 3_600_000).toUTCString();
      response.writeHead(200, { date, age: '3600' }).end(DOCUMENT);
    });
    const { contact } = await policyAt(url);
    expect(Math.abs((contact.serverTime ?? 0) - Date.now())).toBeLessThan(600_000);
  });

  it('brings no token anywhere', async () => {
    let seen: unknown;
    const url = await serve((request, response) => {
      seen = [request.headers.authorization, request.headers.cookie];
      response.end(DOCUMENT);
    });
    await policyAt(url);
    expect(seen).toEqual([undefined, undefined]);
  });
});
