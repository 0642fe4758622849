import { describe, expect, it } from 'vitest';
import { createPasswordQueue } from '../../../../main/hub/sign-in/password-queue.ts';

/** Tasks that are ended by hand, in the order in which they began. */
function stage() {
  const begun: { name: string; end: () => void }[] = [];
  const task = (name: string) => () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    begun.push({ name, end: () => resolve(name) });
    return promise;
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { begun, task, settle };
}

describe('passwords that are to be hashed', () => {
  it('are hashed two at once, and clients take turns', async () => {
    const queue = createPasswordQueue();
    const { begun, task, settle } = stage();
    for (let each = 0; each < 10; each += 1) void queue.run('attacker', task(`a${each}`));
    void queue.run('mia', task('mia'));
    void queue.run('ben', task('ben'));
    expect(begun.map(({ name }) => name)).toEqual(['a0', 'a1']);
    for (const index of [0, 1, 2]) {
      begun[index]?.end();
      await settle();
    }
    expect(begun.map(({ name }) => name)).toEqual(['a0', 'a1', 'a2', 'mia', 'ben']);
  });

  it('are bounded for each client, and refused at once beyond', async () => {
    const queue = createPasswordQueue();
    const { begun, task, settle } = stage();
    const taken = Array.from({ length: 60 }, () => queue.run('attacker', task('a'))).filter((each) => each !== null);
    expect(taken).toHaveLength(10);
    const mia = queue.run('mia', task('mia'));
    expect(mia).not.toBeNull();
    while (!begun.some(({ name }) => name === 'mia')) {
      begun.at(-1)?.end();
      begun.at(-2)?.end();
      await settle();
    }
    expect(begun.length).toBeLessThanOrEqual(5);
  });

  it('go on after one that failed', async () => {
    const queue = createPasswordQueue();
    const failing = [1, 2, 3].map(() => queue.run('a', () => Promise.reject(new Error('no memory'))));
    for (const each of failing) await expect(each).rejects.toThrow('no memory');
    expect(await queue.run('a', async () => 'done')).toBe('done');
  });
});
