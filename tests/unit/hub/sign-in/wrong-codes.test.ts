import { describe, expect, it } from 'vitest';
import { createWrongCodes } from '../../../../main/hub/sign-in/wrong-codes.ts';
import { createOwnTallies } from '../../../../main/hub/store/tallies.ts';

describe('device codes of one client', () => {
  it('may be wrong twenty times in ten minutes, whatever right ones come between', async () => {
    let now = 0;
    const codes = createWrongCodes(createOwnTallies(), 'device-code', () => now);
    let tried = 0;
    while ((await codes.begin('mallory')) === 0) {
      tried += 1;
      // A code of its own, which it has had made.
      if ((await codes.begin('mallory')) === 0) await codes.right('mallory');
    }
    expect(tried).toBe(20);
    expect(await codes.begin('mallory')).toBe(600_000);
    expect(await codes.begin('mia')).toBe(0);
    now = 600_000;
    expect(await codes.begin('mallory')).toBe(0);
  });

  it('are counted for so many clients, so that inventing them fills no memory', async () => {
    const codes = createWrongCodes(createOwnTallies(), 'device-code', () => 0);
    for (let client = 0; client < 20_000; client += 1) expect(await codes.begin(String(client))).toBe(0);
  });
});
