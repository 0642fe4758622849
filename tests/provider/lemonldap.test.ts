import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type LemonLdap, signInAtLemonLdap, startLemonLdap } from '../support/providers/lemonldap.ts';
import { type TestSession, testSession } from '../support/test-session.ts';

/** The agent's sign-in at a provider that this project did not write, and that compares redirect URIs exactly. */
const CLIENT_ID = 'portcullis';
const PEOPLE = {
  dwho: { name: 'Doctor Who', mail: 'dwho@initech.example', groups: ['initech', 'staff'] },
  rtyler: { name: 'Rose Tyler', groups: ['initech'] },
  msmith: { name: 'Mickey Smith', groups: ['staff'] },
  davros: { name: 'Davros', groups: [] },
};

let world: LemonLdap;
let ports: number[];
beforeAll(async () => {
  ports = [await freePort(), await freePort()];
  const redirectUris = ports.map((port) => `http://127.0.0.1:${port}/callback`);
  world = await startLemonLdap({ clients: [{ clientId: CLIENT_ID, redirectUris }], people: PEOPLE });
});
afterAll(() => world.stop());

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await world.setPeople(PEOPLE);
});

async function open(redirectPorts: readonly number[] | undefined = ports): Promise<TestSession> {
  const server = { issuer: world.issuer, clientId: CLIENT_ID, redirectPorts };
  const one = await testSession({ hub: null, ...server, organizationsClaim: '/groups', allowedOrgs: ['initech'] });
  closing.push(one.close);
  return one;
}

async function signIn(one: TestSession, user = 'dwho') {
  const { authorizationUrl } = await one.session.signIn();
  return signInAtLemonLdap(authorizationUrl, user);
}

/** Holds a port as another program would. */
async function occupy(port: number): Promise<void> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
    await once(server, 'close');
  });
}

const portOf = (authorizationUrl: string): number =>
  Number(new URL(new URL(authorizationUrl).searchParams.get('redirect_uri') ?? '').port);

describe('redirect URIs that are compared exactly', () => {
  it('are used in the order of redirectPorts', async () => {
    const one = await open();
    const { authorizationUrl } = await one.session.signIn();
    expect(portOf(authorizationUrl)).toBe(ports[0]);
    const page = await signInAtLemonLdap(authorizationUrl, 'dwho');
    expect(page.text).toContain('Doctor Who is signed in to initech.');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'initech', others: ['staff'] });
  });

  it('serve at the second port where the first is taken', async () => {
    await occupy(ports[0] ?? 0);
    const one = await open();
    const { authorizationUrl } = await one.session.signIn();
    expect(portOf(authorizationUrl)).toBe(ports[1]);
    await signInAtLemonLdap(authorizationUrl, 'rtyler');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', user: { sub: 'rtyler', name: 'Rose Tyler' } });
  });

  it('leave nothing to try where all are taken', async () => {
    for (const port of ports) await occupy(port);
    const one = await open();
    await expect(one.session.signIn()).rejects.toMatchObject({
      problem: { code: 'redirect-ports-taken', args: { ports: ports.map(String) } },
    });
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'redirect-ports-taken' } });
  });

  it('serve a second attempt at the same port while the first is still shown how it ended', async () => {
    const one = await open(ports.slice(0, 1));
    await one.session.signIn();
    one.session.cancelSignIn();
    const page = await signIn(one);
    expect(page.text).toContain('Doctor Who is signed in to initech.');
  });

  it('reject any other port: that is why the setting is there', async () => {
    const one = await open([]);
    const page = await signIn(one);
    expect(page.url.origin).toBe(world.issuer);
    expect(one.session.state()?.kind).toBe('signing-in');
  });
});

describe('tokens', () => {
  it('are refreshed ahead of expiry without a new refresh token, again and again', async () => {
    const one = await open();
    await signIn(one);
    const kept = await one.secrets.read();
    const tokens = new Set([await one.session.accessToken()]);
    for (let round = 0; round < 3; round += 1) {
      one.clock.advance(241_000);
      tokens.add(await one.session.accessToken());
    }
    expect(tokens.size).toBe(4);
    expect(await one.secrets.read()).toBe(kept);
    const again = await one.restart();
    await again.until('signed-in', ({ org }) => org === 'initech');
    await again.session.close();
  });

  it('of which it has lost all trace keep the last known organization, and the next step is to sign in', async () => {
    const one = await open();
    await signIn(one);
    await world.forgetSessions();
    one.clock.advance(301_000);
    const { problem } = await one.until('offline');
    expect(problem).toMatchObject({ code: 'sign-in-not-renewed', cause: 'invalid_request: HTTP 400' });
    expect(problem.next).toContain('Sign in again.');
    await signIn(one);
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'initech' });
  });

  it('of a person who was removed end the session', async () => {
    const one = await open();
    await signIn(one);
    const { rtyler, msmith } = PEOPLE;
    await world.setPeople({ rtyler, msmith });
    one.clock.advance(301_000);
    await one.until('signed-out', ({ problem }) => problem?.code === 'session-ended');
    await expect.poll(() => one.secrets.read()).toBeNull();
  });
});

describe('groups', () => {
  it('that lose the organization sign out at the next refresh', async () => {
    const one = await open();
    await signIn(one);
    await world.setPeople({ ...PEOPLE, dwho: { ...PEOPLE.dwho, groups: ['staff'] } });
    one.clock.advance(241_000);
    await one.until('wrong-organization', ({ has }) => has.join() === 'staff');
  });

  it('that are empty are left out of the claims, which is said and is no membership', async () => {
    const one = await open();
    await signIn(one, 'davros');
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'organizations-claim-absent' } });
  });
});

it('signs out without a revocation endpoint', async () => {
  const one = await open();
  await signIn(one);
  await one.session.signOut();
  expect(one.session.state()).toEqual({ kind: 'signed-out', problem: null });
  expect(await one.secrets.read()).toBeNull();
  expect(await one.accountText()).toBeNull();
});

it('has no device flow, which is said at once', async () => {
  const one = await open();
  await expect(one.session.signInByDevice()).rejects.toMatchObject({ problem: { code: 'device-sign-in-unsupported' } });
});
