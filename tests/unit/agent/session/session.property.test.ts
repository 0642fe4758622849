import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Account, AccountStore } from '../../../../main/agent/session/account.ts';
import type { SecretStore } from '../../../../main/agent/session/secret-store.ts';
import { openSession, type Session } from '../../../../main/agent/session/session.ts';
import type { SessionSettings } from '../../../../main/agent/session/sign-in-server.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import type { Fetch } from '../../../../main/platform/net/web-answer.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { belongs } from '../../../../shared/state/session.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { memorySecretStore } from '../../../support/memory-secret-store.ts';

/**
 * Any sequence of what happens to a session: the network and the server fail in every way, the clock jumps, the keyring is
 * locked, the administrator's files cannot be read or name the wrong organization or server for a while, the program is started again. One belongs to the organization
 * until somebody says otherwise whose word it is: the provider, the user, the list of members.
 */
const HUB = 'https://hub.example';

type Weather = 'fine' | '500' | '401' | 'portal' | 'garbage' | 'no network' | 'slow' | 'bad certificate';
const WEATHER: Weather[] = ['fine', '500', '401', 'portal', 'garbage', 'no network', 'slow', 'bad certificate'];

type Event =
  | { kind: 'weather'; at: 'all' | '/token' | '/v1/me'; weather: Weather }
  | { kind: 'time passes'; minutes: number }
  | { kind: 'the clock is set'; minutes: number }
  | { kind: 'keyring'; locked: boolean }
  | { kind: 'settings'; readable: boolean }
  | { kind: 'typo'; in: 'allowedOrgs' | 'hub' | 'clientId'; minutes: number; restart: boolean }
  | { kind: 'restart' }
  | { kind: 'asked again' }
  | { kind: 'a token is wanted'; refused: boolean };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('weather' as const),
    at: fc.constantFrom('all' as const, '/token' as const, '/v1/me' as const),
    weather: fc.constantFrom(...WEATHER),
  }),
  fc.record({ kind: fc.constant('time passes' as const), minutes: fc.integer({ min: 0, max: 3000 }) }),
  fc.record({ kind: fc.constant('the clock is set' as const), minutes: fc.integer({ min: -3000, max: 3000 }) }),
  fc.record({ kind: fc.constant('keyring' as const), locked: fc.boolean() }),
  fc.record({ kind: fc.constant('settings' as const), readable: fc.boolean() }),
  fc.record({
    kind: fc.constant('typo' as const),
    in: fc.constantFrom('allowedOrgs' as const, 'hub' as const, 'clientId' as const),
    // Less than `MISTAKE_LIMIT`.
    minutes: fc.integer({ min: 0, max: 4000 }),
    restart: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('restart' as const) }),
  fc.record({ kind: fc.constant('asked again' as const) }),
  fc.record({ kind: fc.constant('a token is wanted' as const), refused: fc.boolean() }),
);

function world() {
  const clock = manualClock();
  const weather = new Map<string, Weather>();
  const given = new Set(['refresh-0-secret']);
  let organizations = ['acme'];
  let ended = false;
  const json = (value: unknown, status = 200): Response =>
    new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });

  const serve = (path: string, body: URLSearchParams): Response => {
    switch (path) {
      case '/.well-known/openid-configuration':
        return json({
          issuer: HUB,
          authorization_endpoint: `${HUB}/authorize`,
          token_endpoint: `${HUB}/token`,
          revocation_endpoint: `${HUB}/revoke`,
        });
      case '/token': {
        // A refresh token is good once: whoever sends an old one has been robbed, or has lost the new one.
        if (ended || !given.delete(body.get('refresh_token') ?? '')) return json({ error: 'invalid_grant' }, 400);
        const next = `refresh-${crypto.randomUUID()}-secret`;
        given.add(next);
        const access = `access-${crypto.randomUUID()}-secret`;
        return json({ access_token: access, token_type: 'bearer', expires_in: 3600, refresh_token: next });
      }
      case '/v1/me':
        return json({ sub: 'mia', organizations: organizations.map((name) => ({ name, role: 'member' })) });
      default:
        return new Response(null, { status: 200 });
    }
  };

  const fetch: Fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    init?.signal?.throwIfAborted();
    switch (weather.get(pathname) ?? weather.get('all') ?? 'fine') {
      case 'fine':
        return serve(pathname, new URLSearchParams(String(init?.body ?? '')));
      case '500':
        return new Response('', { status: 500 });
      case '401':
        return new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer' } });
      case 'portal':
        return new Response('<h1>', { headers: { 'content-type': 'text/html' } });
      case 'garbage':
        return json(null);
      case 'no network':
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENETUNREACH' }) });
      case 'slow':
        throw new DOMException('too slow', 'TimeoutError');
      case 'bad certificate':
        throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'CERT_HAS_EXPIRED' }) });
    }
  };

  let account: Account | null = {
    issuer: HUB,
    clientId: 'portcullis-desktop',
    sub: 'mia',
    org: 'acme',
    organizations: ['acme'],
  };
  const accounts: AccountStore = {
    read: async () => account,
    write: async (next) => {
      account = next;
    },
    remove: async () => {
      account = null;
    },
  };
  const memory = memorySecretStore();
  let locked = false;
  const secrets: SecretStore = {
    ...memory,
    read: async () => {
      if (locked) throw new ProblemError({ code: 'keyring-locked', message: 'Locked.' });
      return memory.read();
    },
  };
  let readable = true;
  const right = { hub: HUB, allowedOrgs: ['acme'] };
  const typos = {
    allowedOrgs: { ...right, allowedOrgs: ['Acme'] },
    hub: { ...right, hub: 'https://hub.exmaple' },
    clientId: { ...right, clientId: 'portcullis-destkop' },
  };
  let settings: SessionSettings = right;
  const seen: string[] = [];
  const open = (): Session => {
    const session = openSession({
      settings: () => (readable ? settings : { hub: null, allowedOrgs: [] }),
      secrets,
      account: accounts,
      fetch,
      clock,
      random: () => 0.5,
      log: silentLogger(),
    });
    session.onChange((state) => seen.push(JSON.stringify(state)));
    return session;
  };

  return {
    start: async () => {
      await memory.write(JSON.stringify({ issuer: HUB, sub: 'mia', refreshToken: 'refresh-0-secret' }));
      return open();
    },
    seen,
    kept: () => ({ account, secret: memory.read() }),
    end: () => {
      ended = true;
    },
    dismiss: () => {
      organizations = [];
    },
    async happen(session: Session, what: Event): Promise<Session> {
      switch (what.kind) {
        case 'weather':
          weather.set(what.at, what.weather);
          break;
        case 'time passes':
          clock.advance(what.minutes * 60_000);
          break;
        case 'the clock is set':
          clock.set(clock.wall() + what.minutes * 60_000);
          break;
        case 'keyring':
          locked = what.locked;
          break;
        case 'settings':
          readable = what.readable;
          break;
        case 'typo': {
          settings = typos[what.in];
          await session.reconsider();
          clock.advance(what.minutes * 60_000);
          await session.reconsider();
          if (what.restart) await session.close();
          const next = what.restart ? open() : session;
          await next.reconsider();
          settings = right;
          await next.reconsider();
          return next;
        }
        case 'restart':
          await session.close();
          return open();
        case 'asked again':
          await session.reconsider();
          break;
        case 'a token is wanted': {
          const token = await session.accessToken().catch(() => undefined);
          if (what.refused && token !== undefined) await session.accessToken(token).catch(() => undefined);
          break;
        }
      }
      return session;
    },
    clearUp: () => {
      weather.clear();
      locked = false;
      readable = true;
    },
  };
}

it('nothing that merely goes wrong signs anybody out, and all is well once it is over', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 20 }), async (events) => {
      const here = world();
      let session = await here.start();
      for (const what of events) session = await here.happen(session, what);
      await session.reconsider();
      const state = session.state();
      expect(state !== null && belongs(state)).toBe(true);

      here.clearUp();
      await session.reconsider();
      expect(session.state()).toMatchObject({ kind: 'signed-in', org: 'acme' });
      const lost = here.seen.filter(
        (text) => /signed-out|wrong-organization/.test(text) && !text.includes('"kept":true'),
      );
      expect([lost, here.seen.filter((text) => text.includes('-secret'))]).toEqual([[], []]);
      await session.close();
    }),
    { numRuns: 300 },
  );
});

it.each([
  ['the provider ends it', 'signed-out'],
  ['the membership has ended', 'wrong-organization'],
  ['the user signs out', 'signed-out'],
] as const)('once %s it stays that way, whatever happens, and nothing is left', async (how, kind) => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 8 }), fc.array(event, { maxLength: 8 }), async (before, after) => {
      const here = world();
      let session = await here.start();
      for (const what of before) session = await here.happen(session, what);
      here.clearUp();
      await session.reconsider();
      if (how === 'the provider ends it') here.end();
      if (how === 'the membership has ended') here.dismiss();
      if (how === 'the user signs out') await session.signOut();
      const token = await session.accessToken().catch(() => 'none');
      await session.accessToken(token).catch(() => undefined);
      await session.reconsider();
      expect(session.state()?.kind).toBe(kind);

      for (const what of after) session = await here.happen(session, what);
      await session.accessToken().catch(() => undefined);
      await session.reconsider();
      expect(['signed-out', kind]).toContain(session.state()?.kind);
      const { account, secret } = here.kept();
      expect([account, await secret]).toEqual([null, null]);
      await session.close();
    }),
    { numRuns: 100 },
  );
});
