import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconnectAfter, syncsOnOpen } from '../../../../main/agent/policy/reconnect.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const HOUR = 3_600_000;

describe('a lost event stream', () => {
  it('that held is opened again within a second, or within the time that the server named', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * HOUR }), random, (retry, chance) => {
        const { failures, delay } = reconnectAfter({ failures: 7, lasted: HOUR, retry }, chance);
        expect(failures).toBe(1);
        expect(delay).toBeGreaterThanOrEqual(100);
        expect(delay).toBeLessThanOrEqual(Math.min(Math.max(retry, 1_000), 300_000));
      }),
    );
  });

  it('that cannot be opened is tried ever later, at most every five minutes', () => {
    let failures = 0;
    const delays: number[] = [];
    for (let attempt = 0; attempt < 14; attempt += 1) {
      const next = reconnectAfter({ failures, lasted: 20, retry: 3_000 }, 0.5);
      failures = next.failures;
      delays.push(next.delay);
    }
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(delays.at(-1)).toBe(225_000);
  });
});

describe('an event stream that has opened', () => {
  it('calls for a sync only where there is something to ask', () => {
    expect(syncsOnOpen({ failures: 0, lastContact: 1 }, false)).toBe(false);
    expect(syncsOnOpen({ failures: 1, lastContact: 1 }, false)).toBe(true);
    expect(syncsOnOpen({ failures: 0, lastContact: null }, false)).toBe(true);
    expect(syncsOnOpen({ failures: 0, lastContact: 1 }, true)).toBe(true);
  });
});
