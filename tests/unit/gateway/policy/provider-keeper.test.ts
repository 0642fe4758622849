import { describe, expect, it } from 'vitest';
import { fetchProviderKeys } from '../../../../main/gateway/policy/fetch-provider-keys.ts';
import { createProviderKeeper } from '../../../../main/gateway/policy/provider-keeper.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { type ProviderKey, type ProviderKeySet, withPublished } from '../../../../shared/policy/provider-keys.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const ISSUER = 'https://login.acme.example';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const KEY: ProviderKey = { kid: 'p1', kty: 'OKP', crv: 'Ed25519', x: 'AAAA' };

function openKeeper(issuer: string | null = ISSUER) {
  const clock = manualClock(1_800_000_000_000);
  const world = { issuer, isAway: false, asked: 0, set: null as ProviderKeySet | null };
  const now = () => Math.floor(clock.wall() / 1000);
  const keeper = createProviderKeeper({
    ...{ clock, now, random: () => 0.5, log: silentLogger() },
    issuer: () => world.issuer,
    known: () => world.set,
    publish: async (of, keys) => {
      world.set = withPublished(world.set, of, keys, now());
    },
    async fetchKeys() {
      world.asked += 1;
      if (world.isAway) throw new Error('ECONNREFUSED');
      return [KEY];
    },
  });
  /** Lets time pass, and what it sets off come to rest. */
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { keeper, world, pass };
}

describe('the keeper of the provider’s keys', () => {
  it('asks at once, every few hours, and never where a hub proves membership', async () => {
    const { keeper, world, pass } = openKeeper(null);
    keeper.follow();
    await pass(24 * HOUR);
    expect(world.asked).toBe(0);
    expect(await keeper.refresh()).toBe(false);
    world.issuer = ISSUER;
    keeper.follow();
    await pass(0);
    expect([world.asked, world.set?.keys.length]).toEqual([1, 1]);
    await pass(6 * HOUR);
    expect(world.asked).toBe(2);
  });

  it('asks again for an unknown key at most once in five minutes', async () => {
    const { keeper, world, pass } = openKeeper();
    keeper.follow();
    await pass(0);
    expect(await keeper.refresh()).toBe(false);
    await pass(5 * MINUTE - 1);
    expect(await keeper.refresh()).toBe(false);
    await pass(1);
    expect(await keeper.refresh()).toBe(true);
    expect(await keeper.refresh()).toBe(false);
    expect(world.asked).toBe(2);
  });

  it('asks sooner where the provider could not be reached, less and less often by itself, and at once for another one', async () => {
    const { keeper, world, pass } = openKeeper();
    world.isAway = true;
    keeper.follow();
    await pass(0);
    expect(await keeper.refresh()).toBe(false);
    expect(keeper.problem()).toMatchObject({ code: 'provider-keys-unavailable', cause: 'ECONNREFUSED' });
    await pass(24 * HOUR);
    expect(world.asked).toBeLessThan(40);
    world.isAway = false;
    await pass(10_000);
    expect(await keeper.refresh()).toBe(true);
    expect(keeper.problem()).toBe(null);
    const before = world.asked;
    world.issuer = 'https://login.globex.example';
    keeper.follow();
    await pass(0);
    expect(world.asked).toBe(before + 1);
    keeper.close();
    await pass(100 * HOUR);
    expect(world.asked).toBe(before + 1);
  });

  it('tells of a provider that is away only after a day', async () => {
    const { keeper, world, pass } = openKeeper();
    keeper.follow();
    await pass(0);
    world.isAway = true;
    await pass(23 * HOUR);
    expect(keeper.problem()).toBe(null);
    await pass(2 * HOUR);
    expect(keeper.problem()).toMatchObject({ code: 'provider-keys-unavailable' });
    expect(world.set?.keys).toHaveLength(1);
  });
});

describe('what a provider publishes', () => {
  const documents = (issuer: string, jwksUri: string) => async (url: URL) =>
    url.href.endsWith('/openid-configuration') ? { issuer, jwks_uri: jwksUri } : { keys: [KEY] };
  const outcome = (issuer: string, get: (url: URL) => Promise<unknown>) =>
    fetchProviderKeys(issuer, get).then(
      (keys) => keys.map(({ kid }) => kid),
      (error: Error) => error.message,
    );

  it.each([
    [ISSUER, ISSUER, `${ISSUER}/keys`],
    [`${ISSUER}/`, `${ISSUER}/`, `${ISSUER}/keys`],
    [ISSUER, `${ISSUER}/`, 'https://keys.example/jwks'],
    [`${ISSUER}/tenant/v2.0`, `${ISSUER}/tenant/v2.0`, `${ISSUER}/keys`],
    ['http://127.0.0.1:1234/realm', 'http://127.0.0.1:1234/realm', 'http://127.0.0.1:1234/keys'],
  ])('is taken of %s', async (issuer, named, keys) => {
    expect(await outcome(issuer, documents(named, keys))).toEqual(['p1']);
  });

  it.each([
    ['speaks for another issuer', ISSUER, `${ISSUER}/other`, `${ISSUER}/keys`],
    ['names keys over plain HTTP', ISSUER, ISSUER, 'http://login.acme.example/keys'],
    ['names keys on this machine', ISSUER, ISSUER, 'http://127.0.0.1/keys'],
    ['names keys in a file', ISSUER, ISSUER, 'file:///etc/keys.json'],
    ['names keys with a password', ISSUER, ISSUER, 'https://me:secret@login.acme.example/keys'],
    ['is not secure itself', 'http://login.acme.example', 'http://login.acme.example', `${ISSUER}/keys`],
    [
      'is on this machine, and its keys are not',
      'http://127.0.0.1:1',
      'http://127.0.0.1:1',
      'http://login.acme.example/keys',
    ],
  ])('is refused where it %s', async (_why, issuer, named, keys) => {
    expect(await outcome(issuer, documents(named, keys))).toMatch(/is not https|as the issuer/);
  });

  it('is refused where it is no discovery document, or no usable key', async () => {
    expect(await outcome(ISSUER, async () => '<html>')).toMatch(/no OpenID discovery document/);
    const without = async (url: URL) => (await documents(ISSUER, `${ISSUER}/keys`)(url)) as { issuer?: string };
    expect(await outcome(ISSUER, async (url) => (url.href.endsWith('/keys') ? { keys: [] } : without(url)))).toMatch(
      /no usable key/,
    );
  });
});
