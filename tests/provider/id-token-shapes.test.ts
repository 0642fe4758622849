import { afterEach, describe, expect, it } from 'vitest';
import { fetchProviderKeys } from '../../main/gateway/policy/fetch-provider-keys.ts';
import { openIdToken, readIdToken } from '../../shared/policy/id-token.ts';
import { type ShapedProvider, startShapedProvider } from '../support/providers/shaped-provider.ts';
import type { ShapeName } from '../support/providers/shapes.ts';
import { type TestSession, testSession } from '../support/test-session.ts';

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  const stack = cleanup;
  cleanup = new AsyncDisposableStack();
  await stack.disposeAsync();
});

const PEOPLE = {
  peter: { name: 'Peter', organizations: ['initech', 'staff'] },
  milton: { name: 'Milton', organizations: ['globex'] },
  bill: { name: 'Bill', organizations: ['initech'], overage: true },
};

async function openWorld(name: ShapeName) {
  const provider = await startShapedProvider(name, { people: PEOPLE });
  cleanup.defer(() => provider.stop());
  const { organizationsClaim, organizationsForm } = provider.shape;
  const terms = { issuer: provider.issuer, clientId: provider.clientId, organizationsClaim, organizationsForm };
  const keys = await fetchProviderKeys(provider.issuer, async (url) => (await provider.fetch(url)).json());
  return {
    provider,
    async openSession(): Promise<TestSession> {
      const one = await testSession(
        { hub: null, allowedOrgs: ['initech', 'globex'], membership: 'id-token', ...terms },
        { fetch: provider.fetch },
      );
      cleanup.defer(() => one.close());
      return one;
    },
    /** As the gateway does, by the keys that it would fetch. */
    async offer(token: string | null): Promise<string> {
      const opened = await openIdToken(token ?? '', keys);
      if (!opened.ok) return opened.problem.code;
      const all = { ...terms, organizationNames: undefined, membershipHours: 72 };
      const read = readIdToken(opened.value.payload, all, 'initech', Math.floor(Date.now() / 1000));
      return read.ok ? 'accepted' : read.problem.code;
    },
  };
}

async function signIn(one: TestSession, provider: ShapedProvider, login: string): Promise<void> {
  const { authorizationUrl } = await one.session.signIn();
  await provider.finishSignIn(authorizationUrl, login);
}

describe.each(['entra', 'okta', 'keycloak', 'auth0', 'google'] as const)(
  'the ID token of a provider like %s',
  (name) => {
    it('is membership by the rules of the gateway, and of no other organization', async () => {
      const { provider, openSession, offer } = await openWorld(name);
      const one = await openSession();
      await signIn(one, provider, 'peter');
      expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'initech' });
      const token = await one.session.idToken(0);
      expect(await offer(token)).toBe('accepted');
      expect(await offer(await one.session.accessToken())).not.toBe('accepted');
      // Said at sign-in, where it is so: membership ends some hours after it.
      const isRenewed = provider.shape.idTokenOnRefresh;
      expect(one.session.health().map(({ code }) => code)).toEqual(isRenewed ? [] : ['id-token-not-renewed']);
      const other = await openSession();
      await signIn(other, provider, 'milton');
      expect(await offer(await other.session.idToken(0))).toBe('id-token-no-member');
      expect(one.log() + other.log()).not.toContain((token ?? '').split('.')[2]);
    });
  },
);

describe('groups that are too many for a token (Entra ID)', () => {
  it('are no membership, and say so at sign-in', async () => {
    const { provider, openSession } = await openWorld('entra');
    const one = await openSession();
    const { authorizationUrl } = await one.session.signIn();
    const page = await provider.finishSignIn(authorizationUrl, 'bill');
    expect(page.text).toContain('/groups');
    expect(one.session.state()).toMatchObject({ kind: 'signed-out' });
  });
});

describe('an ID token that is not renewed', () => {
  it('is still at hand after a refresh, and is not asked for again and again', async () => {
    const { provider, openSession } = await openWorld('auth0');
    const one = await openSession();
    await signIn(one, provider, 'peter');
    const first = await one.session.idToken(0);
    expect(first).not.toBe(null);
    expect(await one.session.idToken(0)).toBe(first);
    const again = await one.restart();
    expect(await again.session.idToken(0)).toBe(null);
    expect(await again.until('signed-in')).toMatchObject({ org: 'initech' });
  });
});
