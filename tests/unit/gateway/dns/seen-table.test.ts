import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeenTable } from '../../../../main/gateway/dns/seen-table.ts';
import { nameAsBytes } from '../../../../main/gateway/dns/wire.ts';

function noting() {
  const table = createSeenTable();
  const note = (host: string, view: 'engine' | 'workload' = 'engine'): void => {
    const name = nameAsBytes(host) ?? new Uint8Array(1);
    const bytes = Uint8Array.from([9, 9, 9, ...name, 0, 1, 0, 1]);
    table.note(view, bytes, 3, 3 + name.length, 'not-in-policy', true);
  };
  return { note, take: table.take };
}

describe('names seen between two tellings', () => {
  it('are counted in whatever spelling, by view, and told once', () => {
    const { note, take } = noting();
    note('gcr.io');
    note('GCR.io');
    note('gcr.io', 'workload');
    expect(take()).toEqual([
      { host: 'gcr.io', view: 'engine', reason: 'not-in-policy', refused: true, count: 2 },
      { host: 'gcr.io', view: 'workload', reason: 'not-in-policy', refused: true, count: 1 },
    ]);
    expect(take()).toEqual([]);
  });

  it('are told with a count that is never too high, and never under another name', () => {
    const host = fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{1,8}){0,3}$/);
    fc.assert(
      fc.property(fc.array(host, { maxLength: 2000 }), (hosts) => {
        const { note, take } = noting();
        const counts = new Map<string, number>();
        for (const each of hosts) {
          note(each);
          counts.set(each, (counts.get(each) ?? 0) + 1);
        }
        for (const { host: told, count } of take()) expect(count).toBe(counts.get(told));
      }),
      { numRuns: 30 },
    );
  });
});
