import { describe, expect, it } from 'vitest';
import { endWithoutKeyring } from '../../../../main/agent/session/end-without-keyring.ts';
import { type Keyring, keyringSecretStore } from '../../../../main/agent/session/keyring.ts';
import type { SecretStore } from '../../../../main/agent/session/secret-store.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { manualClock } from '../../../support/manual-clock.ts';

function store(keyring: Partial<Keyring> | Error, readWouldWait = async () => false) {
  const clock = manualClock();
  const kept = new Map<string, string>();
  const working: Keyring = {
    getPassword: async (_service, account) => kept.get(account) ?? null,
    setPassword: async (_service, account, password) => {
      kept.set(account, password);
    },
    deletePassword: async (_service, account) => kept.delete(account),
  };
  const load = async (): Promise<Keyring> => {
    if (keyring instanceof Error) throw keyring;
    return { ...working, ...keyring };
  };
  return {
    secrets: keyringSecretStore({ load, readWouldWait, account: 'here', clock, log: silentLogger() }),
    clock,
    kept,
  };
}

/** Within this turn of the event loop. */
const isIdle = (secrets: SecretStore): Promise<boolean> =>
  Promise.race([secrets.idle().then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);

const code = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error) => error.problem.code,
  );

describe('a keyring that works', () => {
  it('keeps the secret, and gives and removes it', async () => {
    const { secrets, kept } = store({});
    expect(await secrets.read()).toBeNull();
    await secrets.write('one');
    expect([...kept.values()]).toEqual(['one']);
    expect(await secrets.read()).toBe('one');
    await secrets.remove();
    expect(await secrets.read()).toBeNull();
    expect(secrets.health()).toEqual([]);
  });
});

describe('a keyring that does not', () => {
  it('is told from an empty one when it is read', async () => {
    expect(await code(store(new Error('no libsecret')).secrets.read())).toBe('no-keyring');
  });

  it.each([
    ['is absent', new Error('Cannot autolaunch D-Bus'), 'no-keyring'],
    [
      'is locked',
      { setPassword: async () => Promise.reject(new Error('Cannot create an item in a locked collection')) },
      'keyring-locked',
    ],
  ])('%s: the secret is kept in memory until it is removed, and health says so', async (_name, keyring, expected) => {
    const { secrets, kept } = store(keyring);
    await secrets.write('one');
    expect(await secrets.read()).toBe('one');
    expect(kept.size).toBe(0);
    expect(secrets.health().map((entry) => entry.code)).toEqual([expected]);
    await secrets.remove().catch(() => undefined);
    expect(await secrets.read().catch(() => null)).toBeNull();
  });

  it('is not read while that would wait for the user, and is once it would not', async () => {
    let locked = true;
    const { secrets, kept } = store({}, async () => locked);
    kept.set('here', 'one');
    expect(await code(secrets.read())).toBe('keyring-locked');
    expect(secrets.health().map((entry) => entry.code)).toEqual(['keyring-locked']);
    locked = false;
    expect(await secrets.read()).toBe('one');
    expect(secrets.health()).toEqual([]);
  });

  it('is well again: the next secret goes there and the health entry away', async () => {
    let locked = true;
    const { secrets, kept } = store({
      setPassword: async (_service, account, password) => {
        if (locked) throw new Error('locked');
        kept.set(account, password);
      },
    });
    await secrets.write('one');
    locked = false;
    await secrets.write('two');
    expect([...kept.values()]).toEqual(['two']);
    expect(secrets.health()).toEqual([]);
  });

  it('asks its user, who is away: nobody waits for it, and it is not asked a second time meanwhile', async () => {
    let asked = 0;
    const answer = Promise.withResolvers<string | null>();
    const { secrets, clock } = store({
      getPassword: () => {
        asked += 1;
        return answer.promise;
      },
    });
    const first = code(secrets.read());
    await expect.poll(() => clock.pending().length).toBe(1);
    clock.advance(10_000);
    expect(await first).toBe('keyring-locked');
    expect(await isIdle(secrets)).toBe(false);
    expect(await code(secrets.read())).toBe('keyring-locked');
    expect(asked).toBe(1);
    answer.resolve('one');
    await secrets.idle();
    expect(await secrets.read()).toBe('one');
  });

  it('is not waited for a second time, but gets what is to be kept once it answers', async () => {
    const answer = Promise.withResolvers<string | null>();
    const { secrets, clock, kept } = store({ getPassword: () => answer.promise });
    const first = code(secrets.read());
    await expect.poll(() => clock.pending().length).toBe(1);
    clock.advance(10_000);
    await first;
    await secrets.write('one');
    expect(clock.pending()).toEqual([]);
    expect(await secrets.read()).toBe('one');
    expect(kept.size).toBe(0);
    answer.resolve(null);
    await expect.poll(() => [...kept.values()]).toEqual(['one']);
    await secrets.idle();
  });
});

describe('ending a process', () => {
  const ending = (idle: Promise<void>) => {
    const did: string[] = [];
    const clock = manualClock();
    const ended = endWithoutKeyring(
      { idle: () => idle },
      { clock, log: silentLogger(), say: ({ code }) => did.push(code), kill: () => did.push('killed') },
    );
    return { did, clock, ended };
  };

  it('does not wait for a keyring that hangs, and says what stays', async () => {
    const { did, clock, ended } = ending(new Promise(() => undefined));
    expect(did).toEqual([]);
    clock.advance(2_000);
    await ended;
    expect(did).toEqual(['keyring-hangs', 'killed']);
  });

  it('waits for a call that is just under way', async () => {
    const { promise: idle, resolve } = Promise.withResolvers<void>();
    const { did, clock, ended } = ending(idle);
    clock.advance(1_900);
    resolve();
    await ended;
    clock.advance(1_000);
    expect(did).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });

  it('is left alone otherwise', async () => {
    const { did, ended } = ending(Promise.resolve());
    await ended;
    expect(did).toEqual([]);
  });
});
