import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchProviderKeys } from '../../main/gateway/policy/fetch-provider-keys.ts';
import { openIdToken, readIdToken } from '../../shared/policy/id-token.ts';
import { freePort } from '../support/free-port.ts';
import { type LemonLdap, signInAtLemonLdap, startLemonLdap } from '../support/providers/lemonldap.ts';
import { type TestSession, testSession } from '../support/test-session.ts';

const CLIENT_ID = 'portcullis';

/** Debian's LemonLDAP::NG, which nobody here wrote. */
describe('the ID token of LemonLDAP::NG', () => {
  let world: LemonLdap;
  let one: TestSession;
  beforeAll(async () => {
    const port = await freePort();
    const redirectUris = [`http://127.0.0.1:${port}/callback`];
    const people = { dwho: { name: 'Doctor Who', mail: 'dwho@initech.example', groups: ['initech', 'staff'] } };
    world = await startLemonLdap({ clients: [{ clientId: CLIENT_ID, redirectUris }], people });
    const settings = {
      issuer: world.issuer,
      clientId: CLIENT_ID,
      redirectPorts: [port],
      organizationsClaim: '/groups',
    };
    one = await testSession({ hub: null, ...settings, membership: 'id-token', allowedOrgs: ['initech'] });
  });
  afterAll(async () => {
    await one?.close();
    await world?.stop();
  });

  it('is membership by the rules of the gateway, from the sign-in and from a refresh', async () => {
    const { authorizationUrl } = await one.session.signIn();
    await signInAtLemonLdap(authorizationUrl, 'dwho');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'initech' });
    const keys = await fetchProviderKeys(world.issuer, async (url) => (await fetch(url)).json());
    const terms = {
      ...{ issuer: world.issuer, clientId: CLIENT_ID, organizationsClaim: '/groups', membershipHours: 72 },
      ...({ organizationsForm: 'names', organizationNames: undefined } as const),
    };
    // Asking for it refreshes once, so this one has come with a refresh.
    const opened = await openIdToken((await one.session.idToken(0)) ?? '', keys);
    const now = Math.floor(Date.now() / 1000);
    expect(opened.ok && readIdToken(opened.value.payload, terms, 'initech', now)).toMatchObject({
      ok: true,
      value: { org: 'initech', sub: 'dwho' },
    });
    expect(opened.ok && readIdToken(opened.value.payload, terms, 'globex', now)).toMatchObject({ ok: false });
    expect(one.session.health()).toEqual([]);
  });
});
