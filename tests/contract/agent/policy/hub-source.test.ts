import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHubSource } from '../../../../main/agent/policy/hub-source.ts';
import type { PolicySource } from '../../../../main/agent/policy/policy-source.ts';
import { createAuthority } from '../../../../main/demo/outside/certificates.ts';
import { systemClock } from '../../../../main/platform/time/clock.ts';
import { MAX_MEMBERSHIP_BYTES, MAX_POLICY_BYTES } from '../../../../shared/policy/schema.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { waitFor } from '../../../support/background-process.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function listening(server: Server, scheme = 'http'): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A source of a server that answers so. */
async function sourceOf(
  answer: RequestListener,
  options: { clock?: ManualClock; tokens?: string[] } = {},
): Promise<PolicySource> {
  return sourceAt(await listening(createServer(answer)), options);
}

function sourceAt(
  hub: string,
  { clock, tokens = ['token'] }: { clock?: ManualClock; tokens?: string[] } = {},
): PolicySource {
  return createHubSource({
    hub: () => hub,
    org: 'acme',
    fetch,
    accessToken: async (refused) => (refused === undefined ? tokens[0] : tokens[1]) ?? '',
    clock: clock ?? systemClock,
  });
}

const never = new AbortController().signal;
const DEAF = { onRevision: () => undefined, onRequest: () => undefined, onRetry: () => undefined };

async function problemOf(source: PolicySource, signal = never): Promise<ProblemError['problem']> {
  const outcome = await source.policy(null, signal).catch((error: unknown) => error);
  if (outcome instanceof ProblemError) return outcome.problem;
  throw new Error(`no problem: ${JSON.stringify(outcome)}`);
}

describe('asking the hub for a proof of membership', () => {
  it('names the key of the gateway that it is to be bound to, where there is one', async () => {
    const asked: (string | undefined)[] = [];
    const hub = await listening(
      createServer((request, response) => {
        asked.push(request.url);
        response.writeHead(200, { 'content-type': 'application/jose' }).end('a.b.c');
      }),
    );
    let jkt: string | null = null;
    const source = createHubSource({
      ...{ hub: () => hub, org: 'acme', fetch, clock: systemClock },
      accessToken: async () => 'token',
      jkt: () => jkt,
    });
    expect(await source.membership?.(never)).toBe('a.b.c');
    jkt = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
    await source.membership?.(never);
    expect(asked).toEqual(['/v1/orgs/acme/membership', `/v1/orgs/acme/membership?jkt=${jkt}`]);
  });
});

describe('asking the hub for the policy', () => {
  it('gets the document, its tag and the server’s time', async () => {
    const date = 'Sat, 21 Nov 2026 12:00:00 GMT';
    const source = await sourceOf((request, response) => {
      expect(request.url).toBe('/v1/orgs/acme/registry-access');
      expect(request.headers.authorization).toBe('Bearer token');
      response.writeHead(200, { 'content-type': 'application/jose; charset=us-ascii', etag: '"7"', date }).end('a.b.c');
    });
    expect(await source.policy(null, never)).toEqual({
      kind: 'document',
      document: 'a.b.c',
      etag: '"7"',
      contact: { serverTime: Date.parse(date) },
    });
  });

  it('is told that nothing has changed', async () => {
    const source = await sourceOf((request, response) => {
      response.writeHead(request.headers['if-none-match'] === '"7"' ? 304 : 500).end();
    });
    expect(await source.policy('"7"', never)).toMatchObject({ kind: 'not-modified' });
  });

  it('asks below the path of a hub that is not at the root, with the organization’s name as one segment', async () => {
    const asked: string[] = [];
    const hub = await listening(
      createServer((request, response) => {
        asked.push(request.url ?? '');
        response.writeHead(404).end();
      }),
    );
    const source = createHubSource({
      hub: () => `${hub}/portcullis`,
      org: 'a/../b',
      fetch,
      accessToken: async () => 't',
      clock: systemClock,
    });
    await source.policy(null, never).catch(() => undefined);
    expect(asked).toEqual(['/portcullis/v1/orgs/a%2F..%2Fb/registry-access']);
  });

  it('asks once more with another token when one is refused, and only once', async () => {
    const seen: (string | undefined)[] = [];
    const refuseAll: RequestListener = (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401).end();
    };
    expect((await problemOf(await sourceOf(refuseAll, { tokens: ['one', 'two'] }))).code).toBe('not-authorized');
    expect(seen).toEqual(['Bearer one', 'Bearer two']);
    seen.length = 0;
    await problemOf(await sourceOf(refuseAll, { tokens: ['one', 'one'] }));
    expect(seen).toEqual(['Bearer one']);
  });

  it.each([
    [401, 'not-authorized'],
    [403, 'not-a-member'],
    [404, 'server-not-found'],
    [418, 'server-unexpected'],
    [429, 'server-busy'],
    [500, 'server-failed'],
    [503, 'server-failed'],
  ])('has a name for HTTP %i, and a next step', async (status, code) => {
    const source = await sourceOf((_request, response) => response.writeHead(status).end());
    expect(await problemOf(source)).toMatchObject({ code, cause: `HTTP ${status}`, next: expect.any(String) });
  });

  it('names the organization that the hub names, and passes on what it says', async () => {
    const told = {
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      code: 'not-a-member',
      organization: 'globex',
      detail: 'Mia left.',
    };
    const source = await sourceOf((_request, response) =>
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(told)),
    );
    expect(await problemOf(source)).toMatchObject({
      message: 'You are not a member of globex.',
      cause: 'HTTP 403, not-a-member: Mia left.',
    });
  });

  it('follows no redirect, so that no other server sees the token', async () => {
    const elsewhere: string[] = [];
    const thief = await listening(
      createServer((request, response) => {
        elsewhere.push(request.headers.authorization ?? 'nothing');
        response.writeHead(200, { 'content-type': 'application/jose' }).end('a.b.c');
      }),
    );
    const source = await sourceOf((_request, response) => response.writeHead(302, { location: thief }).end());
    expect((await problemOf(source)).code).toBe('server-redirected');
    expect(elsewhere).toEqual([]);
  });

  it('tells a network’s sign-in page from an answer', async () => {
    const source = await sourceOf((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Welcome</html>'),
    );
    expect((await problemOf(source)).code).toBe('captive-portal');
    const other = await sourceOf((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    );
    expect((await problemOf(other)).code).toBe('server-unexpected');
  });

  it('refuses a document by the length that is announced, before anything of it is read', async () => {
    const source = await sourceOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/jose', 'content-length': MAX_POLICY_BYTES + 1 });
      response.flushHeaders();
    });
    expect((await problemOf(source)).code).toBe('too-large');
  });

  it('stops reading where an answer without a length goes on for too long', async () => {
    let sent = 0;
    const source = await sourceOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/jose' });
      const chunk = Buffer.alloc(16 * 1024, 'a');
      const more = (): void => {
        sent += chunk.length;
        if (!response.destroyed) response.write(chunk, more);
      };
      more();
    });
    const outcome = await source.membership?.(never).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ problem: { code: 'too-large' } });
    expect(sent).toBeGreaterThan(MAX_MEMBERSHIP_BYTES);
  });

  it('waits neither for a server that does not answer, nor for one that stops in the middle', async () => {
    const clock = manualClock();
    let asked = 0;
    const source = await sourceOf(
      (_request, response) => {
        asked += 1;
        if (asked === 2) response.writeHead(200, { 'content-type': 'application/jose' }).write('a.b');
      },
      { clock },
    );
    for (const round of [1, 2]) {
      const waiting = problemOf(source);
      await waitFor('the request', () => asked === round);
      // In the second round the timer starts anew with the first byte.
      let done = false;
      void waiting.finally(() => {
        done = true;
      });
      await waitFor('the time-out', () => {
        clock.advance(30_000);
        return done;
      });
      expect((await waiting).code).toBe('server-timeout');
    }
  });

  it('can be called off', async () => {
    const controller = new AbortController();
    const source = await sourceOf(() => controller.abort());
    await expect(source.policy(null, controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('tells a server that is not there from one that cannot be trusted', async () => {
    const gone = await listening(createServer());
    servers.pop()?.close();
    expect((await problemOf(sourceAt(gone))).code).toBe('server-unreachable');
    expect((await problemOf(sourceAt('https://nowhere.invalid'))).code).toMatch(/^(offline|server-timeout)$/);
    const { key, certificate } = createAuthority().issue('127.0.0.1');
    const impostor = createTlsServer({ key, cert: certificate }, (_request, response) => response.end());
    expect((await problemOf(sourceAt(await listening(impostor, 'https')))).code).toBe('server-not-trusted');
  });
});

describe('the stream of revisions', () => {
  it('tells of each revision and decided request of this organization, and of nothing else', async () => {
    let send = (_text: string): void => undefined;
    const source = await sourceOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      send = (text) => response.write(text);
    });
    const told: (number | string)[] = [];
    const heard = {
      onRevision: (revision: number) => told.push(revision),
      onRequest: () => told.push('request'),
      onRetry: (ms: number) => told.push(`retry ${ms}`),
    };
    const stream = await source.events?.(heard, never);
    expect(stream).not.toBeNull();
    send(': keep-alive\n\n');
    send('retry: 20000\n\n');
    send('event: revision\ndata: {"org":"acme","revision":7}\n\nevent: revision\ndata: {"org":"glo');
    send(
      'bex","revision":8}\n\nevent: other\ndata: {"org":"acme","revision":9}\n\nevent: revision\ndata: nonsense\n\n',
    );
    send('event: request\ndata: {"org":"globex","id":"r1"}\n\nevent: request\ndata: {"org":"acme","id":"r2"}\n\n');
    send('event: revision\r\ndata: {"org":"acme","revision":10}\r\n\r\n');
    await waitFor('the last event', () => told.includes(10));
    expect(told).toEqual(['retry 20000', 7, 'request', 10]);
  });

  it('is not there where the server has none', async () => {
    const source = await sourceOf((_request, response) => response.writeHead(404).end());
    expect(await source.events?.(DEAF, never)).toBeNull();
  });

  it('ends without a fault when the server goes, and when it is called off', async () => {
    let end = (): void => undefined;
    const source = await sourceOf((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      end = () => response.destroy();
    });
    const first = await source.events?.(DEAF, never);
    end();
    await first?.ended;
    const controller = new AbortController();
    const second = await source.events?.(DEAF, controller.signal);
    controller.abort();
    await second?.ended;
  });
});
