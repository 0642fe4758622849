import { describe, expect, it } from 'vitest';
import { Crowd } from '../../../../main/gateway/native/crowd.ts';

function numbers(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}

describe('a crowd', () => {
  it('begins before a socket overflows, and lasts until half of what waited is gone', () => {
    const crowd = new Crowd(numbers());
    expect([0, 0.5, 0.75, 0.8, 1.1, 0.6, 0.5, 0.49, 0.7].map((filled) => crowd.observe(filled))).toEqual([
      ...[0, 0, 0, 1, 1, 1, 1],
      ...[0, 0],
    ]);
  });

  it('is told from the one before, and from those of other sockets', () => {
    const next = numbers();
    const [one, other] = [new Crowd(next), new Crowd(next)];
    expect([one.observe(1), other.observe(1), one.observe(0), one.observe(1), other.observe(1)]).toEqual([
      1, 2, 0, 3, 2,
    ]);
  });
});
