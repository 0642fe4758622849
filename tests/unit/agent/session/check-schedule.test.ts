import { describe, expect, it } from 'vitest';
import { afterFailure, afterSuccess, refreshAfter } from '../../../../main/agent/session/check-schedule.ts';

const MINUTE = 60_000;
/** The most that the random part gives. */
const MOST = 0.999_999_999;

describe('a token', () => {
  it('is refreshed between 60 and 80 % of its lifetime, not everywhere at the same moment', () => {
    expect(refreshAfter(60 * MINUTE, 0)).toBe(36 * MINUTE);
    expect(refreshAfter(60 * MINUTE, MOST)).toBeCloseTo(48 * MINUTE, -1);
  });
});

describe('the next check after a success', () => {
  it('is when the token should be refreshed, and forgets earlier failures', () => {
    expect(afterSuccess(5, 48 * MINUTE, 0)).toEqual({ failures: 0, delay: 48 * MINUTE });
  });

  it('is within a day, because timers are 32 bits wide', () => {
    expect(afterSuccess(0, 90 * 24 * 60 * MINUTE, 0).delay).toBe(24 * 60 * MINUTE);
  });

  it('is soon where the token is due all the same, and less and less often', () => {
    expect(afterSuccess(0, 0, MOST)).toEqual({ failures: 1, delay: 30_000 });
    expect(afterSuccess(1, -5, MOST)).toEqual({ failures: 2, delay: 60_000 });
  });
});

describe('the next check after a failure', () => {
  it('doubles from half a minute to a quarter of an hour', () => {
    const delays = Array.from({ length: 7 }, (_, failures) => afterFailure(failures, true, MOST));
    expect(delays.map(({ delay }) => delay / 1000)).toEqual([30, 60, 120, 240, 480, 900, 900]);
    expect(delays.map(({ failures }) => failures)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('is spread over the second half of that', () => {
    expect(afterFailure(0, true, 0).delay).toBe(15_000);
  });

  it('is a quarter of an hour away without a credential, because each look at a locked keyring asks its user', () => {
    expect(afterFailure(0, false, 0)).toEqual({ failures: 1, delay: 15 * MINUTE });
  });
});
