import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RevisionWatch, watchRevisions } from '../../../../main/agent/policy/revision-watch.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

describe('the watch for revisions', () => {
  let clock: ManualClock;
  let controller: AbortController;
  let attempts: number;
  let opened: number;
  let hangUp: () => void;
  let isAway: boolean;
  /** What the server says of coming back, in milliseconds. */
  let retry: number | null;
  beforeEach(() => {
    clock = manualClock();
    controller = new AbortController();
    attempts = 0;
    opened = 0;
    hangUp = () => undefined;
    isAway = false;
    retry = null;
  });
  afterEach(() => controller.abort());

  async function turns(): Promise<void> {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }

  function watch(answer: () => Promise<'stream' | 'none'>): RevisionWatch {
    return watchRevisions({
      open: async ({ onRetry }) => {
        attempts += 1;
        if ((await answer()) === 'none') return null;
        if (retry !== null) onRetry(retry);
        return {
          ended: new Promise<void>((resolve) => {
            hangUp = resolve;
          }),
        };
      },
      onOpen: () => {
        opened += 1;
      },
      heard: { onRevision: () => undefined, onRequest: () => undefined },
      isServerAway: () => isAway,
      signal: controller.signal,
      clock,
      random: () => 0.5,
      log: silentLogger(),
    });
  }

  it('tells whenever the stream is back', async () => {
    watch(async () => 'stream');
    await turns();
    expect(opened).toBe(1);
    hangUp();
    await turns();
    expect(opened).toBe(1);
    clock.advance(1_000);
    await turns();
    expect(opened).toBe(2);
  });

  it('tries again ever more seldom while the server is away, and soon after a stream that held', async () => {
    let away = true;
    watch(async () => {
      if (away) throw new ProblemError({ code: 'offline', message: 'Offline.' });
      return 'stream';
    });
    await turns();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const [wait = 0] = clock.pending();
      waits.push(wait);
      clock.advance(wait);
      await turns();
    }
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect(waits.at(-1)).toBeLessThanOrEqual(5 * 60_000);
    away = false;
    clock.advance(5 * 60_000);
    await turns();
    clock.advance(60_000);
    hangUp();
    await turns();
    expect(clock.pending()[0]).toBeLessThanOrEqual(1_000);
  });

  it('comes back within the time that the server named, because it loses all its streams at once', async () => {
    retry = 40_000;
    watch(async () => 'stream');
    await turns();
    clock.advance(60_000);
    hangUp();
    await turns();
    expect(clock.pending()).toEqual([22_000]);
  });

  it('waits for the sync while that does not reach the server either', async () => {
    const watching = watch(async () => 'stream');
    await turns();
    isAway = true;
    hangUp();
    await turns();
    clock.advance(60 * 60_000);
    await turns();
    expect(attempts).toBe(1);
    isAway = false;
    watching.serverAnswered();
    watching.serverAnswered();
    await turns();
    expect(attempts).toBe(2);
  });

  it('leaves a server alone that has no stream', async () => {
    watch(async () => 'none');
    await turns();
    clock.advance(24 * 3_600_000);
    await turns();
    expect({ attempts, opened }).toEqual({ attempts: 1, opened: 0 });
  });

  it('ends when it is called off', async () => {
    watch(() => Promise.reject(new Error('away')));
    await turns();
    controller.abort();
    clock.advance(24 * 3_600_000);
    await turns();
    expect(attempts).toBe(1);
    expect(clock.pending()).toEqual([]);
  });
});
