import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSignInAttempts } from '../../../../main/hub/sign-in/attempts.ts';
import { generatePassword, hashPassword, verifyPassword } from '../../../../main/hub/sign-in/password.ts';
import { createOwnTallies } from '../../../../main/hub/store/tallies.ts';

describe('passwords', () => {
  it('are verified against a salted hash that does not contain them', async () => {
    const [one, other] = await Promise.all([hashPassword('secret', randomBytes), hashPassword('secret', randomBytes)]);
    expect(one).not.toBe(other);
    expect(one).not.toContain('secret');
    expect(await verifyPassword('secret', one)).toBe(true);
    expect(await verifyPassword('secre', one)).toBe(false);
    expect(await verifyPassword('secret', 'plain$secret')).toBe(false);
  });

  it('match however the keyboard composes their letters', async () => {
    expect(await verifyPassword('Zürich', await hashPassword('Zu\u0308rich', randomBytes))).toBe(true);
  });

  it('are generated without characters that look alike', async () => {
    const [one, other] = [generatePassword(randomBytes), generatePassword(randomBytes)];
    expect(one).toMatch(/^([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}$/);
    expect(one).not.toBe(other);
  });
});

describe('attempts to sign in', () => {
  /** Guesses until one is throttled. @returns how many were verified, and how long the next must wait */
  async function guess(
    attempts: ReturnType<typeof createSignInAttempts>,
    name: string,
  ): Promise<{ verified: number; wait: number }> {
    for (let verified = 0; ; verified += 1) {
      const wait = await attempts.begin(name);
      if (wait > 0) return { verified, wait };
    }
  }

  it('are unlimited for a few mistakes, then wait twice as long each time, up to five minutes', async () => {
    let now = 0;
    const attempts = createSignInAttempts(createOwnTallies(), () => now);
    expect(await guess(attempts, 'mia')).toEqual({ verified: 8, wait: 5000 });
    const waits = [5000];
    while (waits.length < 9) {
      now += waits.at(-1) ?? 0;
      const { verified, wait } = await guess(attempts, ' MIA ');
      expect(verified).toBe(1);
      waits.push(wait);
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  });

  it('of one user name do not throttle another, and are forgotten after a success', async () => {
    const attempts = createSignInAttempts(createOwnTallies(), () => 0);
    for (let mistakes = 0; mistakes < 7; mistakes += 1) await attempts.begin('mia');
    await attempts.succeeded('mia');
    expect((await guess(attempts, 'mia')).verified).toBe(8);
    expect((await guess(attempts, 'olivia')).verified).toBe(8);
  });

  it('of made-up names cannot fill the memory: the oldest is forgotten', async () => {
    const attempts = createSignInAttempts(createOwnTallies(), () => 0);
    await guess(attempts, 'first');
    for (let index = 0; index < 10_000; index += 1) await attempts.begin(`made-up ${index}`);
    expect(await attempts.begin('first')).toBe(0);
  });
});
