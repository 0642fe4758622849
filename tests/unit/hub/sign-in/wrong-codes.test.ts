import { describe, expect, it } from 'vitest';
import { createWrongCodes } from '../../../../main/hub/sign-in/wrong-codes.ts';

describe('device codes of one client', () => {
  it('may be wrong twenty times in ten minutes, whatever right ones come between', () => {
    let now = 0;
    const codes = createWrongCodes(() => now);
    let tried = 0;
    while (codes.begin('mallory') === 0) {
      tried += 1;
      // A code of its own, which it has had made.
      if (codes.begin('mallory') === 0) codes.right('mallory');
    }
    expect(tried).toBe(20);
    expect(codes.begin('mallory')).toBe(600_000);
    expect(codes.begin('mia')).toBe(0);
    now = 600_000;
    expect(codes.begin('mallory')).toBe(0);
  });

  it('are counted for so many clients, so that inventing them fills no memory', () => {
    const codes = createWrongCodes(() => 0);
    for (let client = 0; client < 20_000; client += 1) expect(codes.begin(String(client))).toBe(0);
  });
});
