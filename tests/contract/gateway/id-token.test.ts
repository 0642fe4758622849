import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { CLIENT, createIdTokenSigner, type IdTokenSigner } from '../../support/id-token-signer.ts';
import { type KeyServer, startKeyServer } from '../../support/key-server.ts';
import { createPolicySigner, ISSUER } from '../../support/policy-signer.ts';

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  const stack = cleanup;
  cleanup = new AsyncDisposableStack();
  await stack.disposeAsync();
});

interface World {
  gateway: TestGateway;
  provider: KeyServer;
  signer: IdTokenSigner;
  /** What the provider would sign. */
  token(claims?: Record<string, unknown>, signer?: IdTokenSigner): Promise<string>;
  /** The code it is refused with, or `accepted`. */
  offer(token: string): Promise<string>;
}

async function openWorld({ isDown = false, membershipHours = 72 } = {}): Promise<World> {
  const signer = await createIdTokenSigner('RS256');
  const provider = cleanup.use(await startKeyServer([signer.jwk]));
  provider.isDown = isDown;
  const policySigner = await createPolicySigner();
  const gateway = await startGateway({
    signer: policySigner,
    settings: {
      ...{ membership: 'id-token', issuer: provider.issuer, clientId: CLIENT, organizationsClaim: '/groups' },
      ...{ policyUrl: 'https://files.example/acme.jws', policyIssuer: ISSUER, membershipHours },
      policyKeys: { keys: [policySigner.publicKey] },
    },
  });
  cleanup.defer(() => gateway.stop());
  const policy = await policySigner.policy({ registries: [{ address: 'ghcr.io' }] });
  return {
    ...{ gateway, provider, signer },
    token: (claims = {}, by = signer) => by.token({ iss: provider.issuer, ...claims }),
    offer: (token) =>
      gateway.programTexts(policy, token).then(
        () => 'accepted',
        (error: unknown) => (error instanceof ProblemError ? error.problem.code : Promise.reject(error)),
      ),
  };
}

const inForce = async ({ gateway }: World) => (await gateway.status()).inForce;

describe('a gateway that takes ID tokens', () => {
  it('verifies one by the keys that it fetches itself, and keeps both over a restart without the provider', async () => {
    const world = await openWorld();
    expect(await world.offer(await world.token())).toBe('accepted');
    expect(await inForce(world)).toEqual({ kind: 'policy', org: 'acme', revision: 1 });
    expect(await world.gateway.status()).toMatchObject({ membership: { org: 'acme', sub: 'mia', teams: [] } });
    world.provider.isDown = true;
    await world.gateway.halt('SIGKILL');
    await world.gateway.start();
    expect(await inForce(world)).toMatchObject({ kind: 'policy' });
    // What is kept verifies the next one too.
    const next = Math.floor(Date.now() / 1000) + 1;
    expect(await world.offer(await world.token({ iat: next, exp: next + 60 }))).toBe('accepted');
  });

  it('refuses what proves nothing, and says why everything is blocked', async () => {
    const world = await openWorld();
    const impostor = await createIdTokenSigner('RS256');
    for (const [code, claims, by] of [
      ['id-token-unusable', { aud: 'other' }, world.signer],
      ['id-token-unusable', { scope: 'openid' }, world.signer],
      ['id-token-no-member', { groups: ['globex'] }, world.signer],
      ['id-token-no-member', { groups: undefined }, world.signer],
      ['id-token-expired', { iat: 1_700_000_000, exp: 1_700_000_060 }, world.signer],
      ['id-token-key-unknown', {}, impostor],
    ] as const) {
      expect(await world.offer(await world.token(claims, by)), JSON.stringify(claims)).toBe(code);
    }
    // A hub's proof, which a pinned key has signed, is none either.
    expect(await world.offer(await world.gateway.signer.membership())).toBe('id-token-unusable');
    expect(await inForce(world)).toMatchObject({ kind: 'deny', reason: 'sign-in-required' });
  });

  it('takes a token of a new key by fetching again, once in five minutes', async () => {
    const world = await openWorld({ isDown: true });
    await expect.poll(() => world.gateway.log()).toContain('not fetched');
    world.provider.isDown = false;
    // The provider did not answer: it may be asked soon again, and then not for five minutes.
    await expect.poll(async () => world.offer(await world.token()), { timeout: 60_000 }).toBe('accepted');
    const { fetched } = world.provider;
    const successor = await createIdTokenSigner('ES256');
    world.provider.keys = [successor.jwk];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect(await world.offer(await world.token({ sub: 'ben' }, successor))).toBe('id-token-key-unknown');
    }
    expect(world.provider.fetched).toBe(fetched);
    // A restart asks anew; the token of before the rotation stays good for a day.
    await world.gateway.halt();
    await world.gateway.start();
    await expect
      .poll(async () => world.offer(await world.token({ sub: 'ben' }, successor)), { timeout: 60_000 })
      .toBe('accepted');
    expect(await world.offer(await world.token({ sub: 'eve' }))).toBe('accepted');
  });

  it('ends with the hours that the administrator gave it, and says that membership has to be proven again', async () => {
    const world = await openWorld({ membershipHours: 1 });
    // Issued nearly an hour ago: what is left of it is for the gateway to start and to verify it.
    const iat = Math.floor(Date.now() / 1000) - 3600 + 30;
    expect(await world.offer(await world.token({ iat, exp: iat + 60 }))).toBe('accepted');
    const lapsed = { kind: 'deny', reason: 'no-membership' };
    await expect.poll(() => inForce(world), { timeout: 90_000, interval: 500 }).toMatchObject(lapsed);
    const refused = await world.gateway.connect('ghcr.io:443');
    expect(refused.phrase).toContain('P-LOCKED no-membership');
  });

  it('takes no token that is older than one of the same person, also after that one has gone', async () => {
    const world = await openWorld();
    const now = Math.floor(Date.now() / 1000);
    expect(await world.offer(await world.token({ iat: now, exp: now + 60 }))).toBe('accepted');
    expect(await world.offer(await world.token({ sub: 'ben' }))).toBe('accepted');
    const older = await world.token({ iat: now - 3600, exp: now + 60 });
    expect(await world.offer(older)).toBe('membership-superseded');
    expect(await world.offer(await world.token({ iat: now, exp: now + 60 }))).toBe('accepted');
  });

  it('never writes a token into its log or status, and into a file that only it can read', async () => {
    const world = await openWorld();
    const token = await world.token();
    expect(await world.offer(token)).toBe('accepted');
    const impostor = await createIdTokenSigner('RS256');
    const refused = await world.token({}, impostor);
    expect(await world.offer(refused)).toBe('id-token-key-unknown');
    const seen = world.gateway.log() + JSON.stringify(await world.gateway.status());
    for (const each of [token, refused]) {
      for (const part of each.split('.').slice(1)) expect(seen).not.toContain(part);
    }
    expect(await readFile(join(world.gateway.stateDir, 'state.json'), 'utf8')).toContain(token);
  });
});
