import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDeniedNames } from '../../../../main/gateway/dns/denied-names.ts';
import { nameAsBytes } from '../../../../main/gateway/dns/wire.ts';

function recording() {
  const names = createDeniedNames();
  const record = (host: string, view: 'engine' | 'workload' = 'engine'): void => {
    const name = nameAsBytes(host) ?? new Uint8Array(1);
    const bytes = Uint8Array.from([9, 9, 9, ...name, 0, 1, 0, 1]);
    names.record(view, bytes, 3, 3 + name.length, 'not-in-policy', true);
  };
  return { record, drain: names.drain };
}

describe('denied names', () => {
  it('are counted by view, whatever their spelling, and drained once', () => {
    const { record, drain } = recording();
    record('gcr.io');
    record('GCR.io');
    record('gcr.io', 'workload');
    expect(drain()).toEqual([
      { host: 'gcr.io', view: 'engine', reason: 'not-in-policy', refused: true, count: 2 },
      { host: 'gcr.io', view: 'workload', reason: 'not-in-policy', refused: true, count: 1 },
    ]);
    expect(drain()).toEqual([]);
  });

  it('are never counted too high, or under another name', () => {
    const host = fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,8}){0,3}$/);
    fc.assert(
      fc.property(fc.array(host, { maxLength: 2000 }), (hosts) => {
        const { record, drain } = recording();
        const counts = new Map<string, number>();
        for (const each of hosts) {
          record(each);
          counts.set(each, (counts.get(each) ?? 0) + 1);
        }
        for (const { host: drained, count } of drain()) expect(count).toBe(counts.get(drained));
      }),
      { numRuns: 30 },
    );
  });
});
