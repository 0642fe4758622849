import * as oidc from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MISTAKE_LIMIT } from '../../../../main/agent/session/account-state.ts';
import { ACME_AND_GLOBEX, startHub, type TestHub } from '../../../support/hub.ts';
import { discover } from '../../../support/hub-client.ts';
import { type TestSession, testSession } from '../../../support/test-session.ts';

const HOUR = 3_600_000;

/** The administrator names an organization that nobody here belongs to, and corrects it. */
describe('while the managed configuration names the wrong organization, a sign-in', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub({
      organizations: [{ name: 'acme' }, { name: 'globex' }, { name: 'Acme' }],
      users: [
        ...(ACME_AND_GLOBEX.users ?? []),
        { username: 'cas', name: 'Cas', organizations: [{ name: 'Acme', role: 'member' }] },
      ],
    });
  });
  afterAll(() => hub.stop());

  const closing: (() => Promise<void>)[] = [];
  let away = false;
  let dismissed = false;
  afterEach(async () => {
    away = false;
    dismissed = false;
    for (const close of closing.splice(0).reverse()) await close();
  });

  const wrong = ['Acme'];
  const right = ['acme'];

  async function signedIn(): Promise<TestSession> {
    const one = await testSession(
      { hub: hub.url, allowedOrgs: right },
      {
        fetch: async (input, init) => {
          if (away) throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ENETUNREACH' }) });
          const answer = await fetch(input, init);
          if (!dismissed || !String(input).endsWith('/v1/me')) return answer;
          return Response.json({ ...(await answer.json()), organizations: [] });
        },
      },
    );
    closing.push(one.close);
    await signIn(one, 'mia');
    await one.until('signed-in');
    one.states.length = 0;
    return one;
  }

  async function signIn(one: TestSession, username: string) {
    const { authorizationUrl } = await one.session.signIn();
    return hub.finishSignIn(authorizationUrl, username);
  }

  async function set(one: TestSession, allowedOrgs: string[]): Promise<void> {
    one.settings.allowedOrgs = allowedOrgs;
    await one.session.reconsider();
  }

  async function stored(one: TestSession): Promise<{ account: boolean; secret: boolean }> {
    return { account: (await one.accountText()) !== null, secret: (await one.secrets.read()) !== null };
  }
  const all = { account: true, secret: true };
  const nothing = { account: false, secret: false };
  const kept = { kind: 'wrong-organization', has: ['acme'], kept: true, problem: { code: 'organization-case' } };

  it('is kept, gives no token, and goes on as soon as it is corrected', async () => {
    const one = await signedIn();
    await set(one, wrong);
    expect(one.session.state()).toMatchObject(kept);
    await expect(one.session.accessToken()).rejects.toMatchObject({ problem: { code: 'signed-out' } });
    expect(await stored(one)).toEqual(all);
    await set(one, right);
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'acme', user: { name: 'Mia' } });
    expect(await one.session.accessToken()).toEqual(expect.any(String));
    expect(await one.accountText()).not.toContain('wrongSince');
    expect(one.states.map(({ kind }) => kind)).toEqual(['wrong-organization', 'signed-in']);
  });

  it('ends when that lasts: after three days it was no slip', async () => {
    const one = await signedIn();
    await set(one, wrong);
    one.clock.advance(MISTAKE_LIMIT - HOUR);
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject(kept);
    one.clock.advance(HOUR);
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: ['acme'] });
    expect(one.session.state()).not.toHaveProperty('kept');
    expect(await stored(one)).toEqual(nothing);
    await set(one, right);
    expect(one.session.state()).toEqual({ kind: 'signed-out', problem: null });
  });

  it('is kept over a restart, which gives it no more time', async () => {
    const one = await signedIn();
    await set(one, wrong);
    one.clock.advance(MISTAKE_LIMIT - HOUR);
    await one.session.reconsider();
    const again = await one.restart();
    closing.push(() => again.session.close());
    await again.until('wrong-organization', (state) => state.kept === true);
    again.clock.advance(HOUR);
    await again.session.reconsider();
    expect(again.session.state()).not.toHaveProperty('kept');
    expect(await stored(again)).toEqual(nothing);
  });

  it('goes on after a restart on which it had been corrected', async () => {
    const one = await signedIn();
    await set(one, wrong);
    await one.session.close();
    one.settings.allowedOrgs = right;
    const again = await one.restart();
    closing.push(() => again.session.close());
    await again.until('signed-in', ({ org }) => org === 'acme');
    expect(await again.session.accessToken()).toEqual(expect.any(String));
  });

  it('is given no more time by a clock that was ahead when it began', async () => {
    const one = await signedIn();
    const now = one.clock.wall();
    one.clock.set(now + 1000 * HOUR);
    await set(one, wrong);
    one.clock.set(now);
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject(kept);
    one.clock.advance(MISTAKE_LIMIT);
    await one.session.reconsider();
    expect(one.session.state()).not.toHaveProperty('kept');
    expect(await stored(one)).toEqual(nothing);
  });

  it('ends at once when the membership does', async () => {
    const one = await signedIn();
    await set(one, wrong);
    expect(one.session.state()).toMatchObject(kept);
    dismissed = true;
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: [] });
    expect(one.session.state()).not.toHaveProperty('kept');
    expect(await stored(one)).toEqual(nothing);
  });

  it('without a network is kept for as long, and no longer', async () => {
    const one = await signedIn();
    away = true;
    await set(one, wrong);
    expect(one.session.state()).toMatchObject(kept);
    await set(one, right);
    expect(one.session.state()).toMatchObject({ kind: 'offline', org: 'acme' });
    await set(one, wrong);
    one.clock.advance(MISTAKE_LIMIT);
    await one.session.reconsider();
    expect(one.session.state()).not.toHaveProperty('kept');
    expect(await stored(one)).toEqual(nothing);
  });

  it('is not ended by signing in again as the same person, nor given more time', async () => {
    const one = await signedIn();
    const { refreshToken: before } = JSON.parse((await one.secrets.read()) ?? '');
    await set(one, wrong);
    one.clock.advance(MISTAKE_LIMIT - HOUR);
    const page = await signIn(one, 'mia');
    expect(page.text).toContain('Mia belongs to acme, but this machine requires Acme');
    expect(one.session.state()).toMatchObject(kept);
    await expect
      .poll(async () => oidc.refreshTokenGrant(await discover(hub.url), before).catch(({ error }) => error))
      .toBe('invalid_grant');
    await set(one, right);
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'acme' });
    await set(one, wrong);
    expect(one.session.state()).toMatchObject(kept);
    await signIn(one, 'mia');
    one.clock.advance(MISTAKE_LIMIT);
    await one.session.reconsider();
    expect(one.session.state()).not.toHaveProperty('kept');
  });

  it('is ended by the sign-in of somebody else, who is turned away', async () => {
    const one = await signedIn();
    await set(one, wrong);
    await signIn(one, 'gus');
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', user: { name: 'Gus' } });
    expect(one.session.state()).not.toHaveProperty('kept');
    expect(await stored(one)).toEqual(nothing);
    await set(one, right);
    expect(one.session.state()).toMatchObject({ user: { name: 'Gus' }, has: ['globex'] });
  });

  it('is replaced by the sign-in of somebody who is allowed', async () => {
    const one = await signedIn();
    await set(one, wrong);
    await signIn(one, 'cas');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'Acme', user: { name: 'Cas' } });
    await set(one, right);
    // It is the other one's membership that is kept now.
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', user: { name: 'Cas' }, kept: true });
  });

  it('survives another one that is cancelled', async () => {
    const one = await signedIn();
    await set(one, wrong);
    await one.session.signIn();
    expect(one.session.state()?.kind).toBe('signing-in');
    one.session.cancelSignIn();
    expect(one.session.state()).toMatchObject(kept);
    await set(one, right);
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'acme' });
  });

  it('can be ended by its user', async () => {
    const one = await signedIn();
    await set(one, wrong);
    await one.session.signOut();
    expect(one.session.state()).toEqual({ kind: 'signed-out', problem: null });
    expect(await stored(one)).toEqual(nothing);
  });

  it('is no sign-in where there was none before: a new account is turned away', async () => {
    const one = await testSession({ hub: hub.url, allowedOrgs: wrong });
    closing.push(one.close);
    await signIn(one, 'mia');
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: ['acme'] });
    expect(one.session.state()).not.toHaveProperty('kept');
    expect(await stored(one)).toEqual(nothing);
  });
});
