import { describe, expect, it } from 'vitest';
import { pacedRevisions, retryOf, TOLD_AT_ONCE, TOLD_PER_SECOND, tellInTurn } from '../../../../main/hub/http/pace.ts';
import { manualClock } from '../../../support/manual-clock.ts';

describe('the time within which streams come back', () => {
  it('is a second for few, and grows with how many there are', () => {
    expect([0, 999, 10_000, 40_000].map(retryOf)).toEqual([1_000, 1_000, 10_000, 40_000]);
  });
});

describe('news', () => {
  function told(count: number): { heard: number[]; clock: ReturnType<typeof manualClock>; stop: () => void } {
    const clock = manualClock();
    const heard: number[] = [];
    const streams = Array.from({ length: count }, (_, index) => index);
    const stop = tellInTurn(streams, (stream) => heard.push(stream), clock.after);
    return { heard, clock, stop };
  }

  it('reaches the streams of a small organization at once', () => {
    expect(told(TOLD_AT_ONCE).heard).toHaveLength(TOLD_AT_ONCE);
    expect(told(TOLD_AT_ONCE).clock.pending()).toEqual([]);
  });

  it('reaches all others in turn, each once', () => {
    const { heard, clock } = told(TOLD_AT_ONCE + 3 * TOLD_PER_SECOND);
    for (let turns = 0; turns < 20; turns += 1) clock.advance(50);
    expect(heard).toHaveLength(TOLD_AT_ONCE + TOLD_PER_SECOND);
    for (let turns = 0; turns < 40; turns += 1) clock.advance(50);
    expect(heard).toEqual(Array.from({ length: TOLD_AT_ONCE + 3 * TOLD_PER_SECOND }, (_, index) => index));
    expect(clock.pending()).toEqual([]);
  });

  it('stops when the hub does', () => {
    const { heard, clock, stop } = told(5 * TOLD_AT_ONCE);
    stop();
    clock.advance(60_000);
    expect(heard).toHaveLength(TOLD_AT_ONCE);
  });
});

describe('revisions of an organization', () => {
  it('reach all who listen, in turn, and nobody who has gone', () => {
    const clock = manualClock();
    const upstream = new Set<(revision: number) => void>();
    const onRevision = pacedRevisions((_org, listener) => {
      upstream.add(listener);
      return () => upstream.delete(listener);
    }, clock.after);
    const heard: number[] = [];
    const leave = Array.from({ length: TOLD_AT_ONCE + 2 }, (_, index) =>
      onRevision('acme', (revision) => heard.push(revision * 1_000 + index)),
    );
    expect(upstream.size).toBe(1);
    for (const tell of upstream) tell(7);
    expect(heard).toHaveLength(TOLD_AT_ONCE);
    leave.at(-1)?.();
    clock.advance(1_000);
    expect(heard).toHaveLength(TOLD_AT_ONCE + 1);
    for (const gone of leave) gone();
    expect(upstream.size).toBe(0);
  });
});
