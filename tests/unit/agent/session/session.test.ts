import { afterEach, describe, expect, it } from 'vitest';
import type { Account, AccountStore } from '../../../../main/agent/session/account.ts';
import { openSession, type Session } from '../../../../main/agent/session/session.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import type { Fetch } from '../../../../main/platform/net/web-answer.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { memorySecretStore } from '../../../support/memory-secret-store.ts';

const HUB = 'https://hub.example';
const opened: Session[] = [];
afterEach(async () => {
  for (const session of opened.splice(0)) await session.close();
});

const json = (value: unknown): Response =>
  new Response(JSON.stringify(value), { headers: { 'content-type': 'application/json' } });

/** A hub whose every answer can be held back, behind a `fetch` that does not notice when a request is aborted. */
async function world({
  account = null,
  allowedOrgs = ['acme'],
}: {
  account?: Account | null;
  allowedOrgs?: string[];
} = {}) {
  let stored = account;
  let nonce: string | null = null;
  let away = false;
  let hold: Promise<void> | null = null;
  const asked: string[] = [];
  const accounts: AccountStore = {
    read: async () => stored,
    write: async (next) => {
      stored = next;
    },
    remove: async () => {
      stored = null;
    },
  };
  const idToken = (): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: HUB, aud: 'portcullis-desktop', sub: 'mia', iat: now, exp: now + 600, nonce };
    return [{ alg: 'RS256' }, claims, 'x'].map((part) => btoa(JSON.stringify(part)).replace(/=+$/, '')).join('.');
  };
  const fetch: Fetch = async (input) => {
    const { pathname } = new URL(String(input));
    asked.push(pathname);
    if (away) throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENETUNREACH' }) });
    if (pathname === '/v1/me') await hold;
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return json({ issuer: HUB, authorization_endpoint: `${HUB}/authorize`, token_endpoint: `${HUB}/token` });
      case '/token':
        return json({
          access_token: `access-${asked.length}`,
          token_type: 'bearer',
          expires_in: 3600,
          refresh_token: 'refresh',
          ...(nonce === null ? {} : { id_token: idToken() }),
        });
      case '/v1/me':
        return json({ sub: 'mia', organizations: [{ name: 'acme', role: 'member' }] });
      default:
        return new Response(null, { status: 404 });
    }
  };
  const secrets = memorySecretStore();
  if (account !== null) await secrets.write(JSON.stringify({ issuer: HUB, sub: 'mia', refreshToken: 'refresh' }));
  const session = openSession({
    settings: () => ({ hub: HUB, allowedOrgs }),
    secrets,
    account: accounts,
    fetch,
    clock: manualClock(),
    random: () => 0.5,
    log: silentLogger(),
  });
  opened.push(session);
  return {
    session,
    asked,
    stored: async () => [stored, await secrets.read()],
    network: (is: 'away' | 'back') => {
      away = is === 'away';
    },
    holdPerson: (until: Promise<void>) => {
      hold = until;
    },
    /** What the browser does once the user has signed in. */
    async reply(authorizationUrl: string): Promise<string> {
      const sent = new URL(authorizationUrl).searchParams;
      nonce = sent.get('nonce');
      const redirect = new URL(sent.get('redirect_uri') ?? '');
      redirect.search = new URLSearchParams({ code: 'x', state: sent.get('state') ?? '' }).toString();
      return (await globalThis.fetch(redirect)).text();
    },
  };
}

const mia: Account = { issuer: HUB, clientId: 'portcullis-desktop', sub: 'mia', org: 'acme', organizations: ['acme'] };

describe('a sign-in', () => {
  it('signs in whom the provider and the hub confirm', async () => {
    const here = await world();
    const { authorizationUrl } = await here.session.signIn();
    expect(await here.reply(authorizationUrl)).toContain('You are signed in');
    expect(here.session.state()).toEqual({ kind: 'signed-in', user: { sub: 'mia' }, org: 'acme' });
  });

  it('that was cancelled is not completed by an answer that arrives all the same', async () => {
    const here = await world();
    const { promise, resolve } = Promise.withResolvers<void>();
    here.holdPerson(promise);
    const { authorizationUrl } = await here.session.signIn();
    const page = here.reply(authorizationUrl);
    await expect.poll(() => here.asked.includes('/v1/me')).toBe(true);
    here.session.cancelSignIn();
    resolve();
    expect(await page).toContain('Sign-in was cancelled.');
    expect(here.session.state()).toEqual({ kind: 'signed-out', problem: null });
    expect(await here.stored()).toEqual([null, null]);
    await expect(here.session.accessToken()).rejects.toMatchObject({ problem: { code: 'signed-out' } });
  });
});

describe('the token for the hub', () => {
  it('is not given to a member of no allowed organization, though the sign-in is kept while offline', async () => {
    const here = await world({ account: mia, allowedOrgs: ['initech'] });
    here.network('away');
    await here.session.reconsider();
    expect(here.session.state()).toMatchObject({ kind: 'wrong-organization', kept: true });
    const before = here.asked.length;
    await expect(here.session.accessToken()).rejects.toMatchObject({ problem: { code: 'signed-out' } });
    expect(here.asked.length).toBe(before);
  });

  it('ends being offline without waiting for the timer', async () => {
    const here = await world({ account: mia });
    here.network('away');
    await here.session.reconsider();
    expect(here.session.state()?.kind).toBe('offline');
    here.network('back');
    await here.session.accessToken();
    await expect.poll(() => here.session.state()?.kind).toBe('signed-in');
  });
});
