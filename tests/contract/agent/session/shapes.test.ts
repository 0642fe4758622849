import { afterEach, describe, expect, it } from 'vitest';
import { type ShapedProvider, startShapedProvider } from '../../../support/providers/shaped-provider.ts';
import type { ShapeName } from '../../../support/providers/shapes.ts';
import { type TestSession, testSession } from '../../../support/test-session.ts';

/** The agent's sign-in at providers in the shapes of well-known ones, under the names of their issuers. */
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(name: ShapeName): Promise<{ one: TestSession; provider: ShapedProvider }> {
  const provider = await startShapedProvider(name, {
    people: {
      peter: { name: 'Peter Gibbons', organizations: ['initech'] },
      bill: { name: 'Bill Lumbergh', organizations: ['initech'], overage: true },
    },
  });
  const { shape, issuer, clientId } = provider;
  const { organizationsClaim, organizationsForm } = shape;
  const settings = { hub: null, issuer, clientId, organizationsClaim, organizationsForm, allowedOrgs: ['initech'] };
  const one = await testSession(settings, { fetch: provider.fetch });
  closing.push(provider.stop, one.close);
  return { one, provider };
}

async function signIn(one: TestSession, provider: ShapedProvider, login = 'peter') {
  const { authorizationUrl } = await one.session.signIn();
  return provider.finishSignIn(authorizationUrl, login);
}

describe.each(['entra', 'okta', 'keycloak', 'auth0', 'google'] as const)('a provider in the shape of %s', (name) => {
  it('signs in, and names person and organization', async () => {
    const { one, provider } = await open(name);
    const page = await signIn(one, provider);
    expect(page.text).toContain('Peter Gibbons is signed in to initech.');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', user: { sub: 'peter' }, org: 'initech' });
  });

  it('renews twice, a change of its keys in between, and goes on after a restart', async () => {
    const { one, provider } = await open(name);
    await signIn(one, provider);
    const tokens = [await one.session.accessToken()];
    for (let round = 0; round < 2; round += 1) {
      one.clock.advance(241_000);
      tokens.push(await one.session.accessToken());
      provider.rotateKeys();
    }
    expect(new Set(tokens).size).toBe(3);
    const again = await one.restart();
    await again.until('signed-in', ({ org }) => org === 'initech');
    await again.session.close();
  });

  it('ends the session, or the next step is to sign in, where it has forgotten the sign-in', async () => {
    const { one, provider } = await open(name);
    await signIn(one, provider);
    provider.forgetTokens();
    one.clock.advance(301_000);
    await one.until('signed-out', ({ problem }) => problem?.code === 'session-ended');
  });
});

it('says that a person is in too many groups for a token, and signs nobody out for it', async () => {
  const { one, provider } = await open('entra');
  const page = await signIn(one, provider, 'bill');
  expect(page.text).toContain('You are in more groups than the sign-in server lists in a token.');
  await signIn(one, provider);
  provider.people.peter = { name: 'Peter Gibbons', organizations: ['initech'], overage: true };
  await one.session.reconsider();
  expect(one.session.state()).toMatchObject({
    kind: 'offline',
    org: 'initech',
    problem: { code: 'organizations-claim-overage', args: { claim: '/groups' } },
  });
});
