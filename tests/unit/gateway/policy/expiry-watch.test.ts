import { afterEach, describe, expect, it } from 'vitest';
import type { ClockListener } from '../../../../main/gateway/native/clock-watch.ts';
import { type ExpiryWatch, watchExpiry } from '../../../../main/gateway/policy/expiry-watch.ts';
import { manualClock } from '../../../support/manual-clock.ts';

let watch: ExpiryWatch | undefined;
afterEach(() => watch?.close());

/** @param told whether the kernel tells when the clock is set */
function watching({ told = true, until = Number.POSITIVE_INFINITY } = {}) {
  const clock = manualClock(0);
  const kernel: { listener: ClockListener | null } = { listener: null };
  /** When somebody looked. */
  const looks: number[] = [];
  const failures: unknown[] = [];
  const state = {
    /** When what is in force ends, on the monotonic clock. */
    end: until,
    look: async (): Promise<void> => undefined,
  };
  watch = watchExpiry({
    clock,
    watchClock: (listener) => {
      kernel.listener = told ? listener : null;
      return told ? () => (kernel.listener = null) : null;
    },
    untilNext: () => (state.end > clock.monotonic() ? state.end - clock.monotonic() : Number.POSITIVE_INFINITY),
    look: async () => {
      looks.push(clock.monotonic());
      await state.look();
    },
    onFailure: (error) => failures.push(error),
  });
  const settle = () => new Promise((done) => setImmediate(done));
  return {
    ...{ clock, kernel, looks, failures, state, settle },
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 500) {
        clock.advance(500);
        await settle();
      }
    },
  };
}

describe('whether something has expired is seen', () => {
  it('every five seconds where nobody tells that the clock was set', async () => {
    const { looks, pass } = watching({ told: false });
    await pass(15_000);
    expect(looks).toEqual([5_000, 10_000, 15_000]);
  });

  it('every minute where the kernel tells', async () => {
    const { looks, pass } = watching();
    await pass(120_000);
    expect(looks).toEqual([60_000, 120_000]);
  });

  it('at the end itself', async () => {
    const { looks, pass } = watching({ until: 12_345.5 });
    await pass(60_000);
    expect(looks).toEqual([12_345.5, 60_000]);
  });

  it('at an end that has come to be sooner', async () => {
    const { looks, state, pass } = watching({ until: 20_000 });
    await pass(1_000);
    state.end = 3_000;
    watch?.follow();
    await pass(5_000);
    expect(looks).toEqual([3_000]);
  });

  it('at once when the clock was set', async () => {
    const { looks, kernel, pass } = watching();
    await pass(1_000);
    kernel.listener?.onSet();
    expect(looks).toEqual([1_000]);
    await pass(60_000);
    expect(looks).toEqual([1_000, 60_000]);
  });

  it('once more when the clock was set meanwhile, and never twice at a time', async () => {
    const { looks, kernel, state, settle } = watching();
    let looking = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    state.look = async () => {
      looking += 1;
      most = Math.max(most, looking);
      await new Promise<void>((done) => ends.push(done));
      looking -= 1;
    };
    for (let set = 0; set < 3; set += 1) kernel.listener?.onSet();
    ends.shift()?.();
    await settle();
    expect(looks).toHaveLength(2);
    ends.shift()?.();
    await settle();
    expect([looks.length, most, looking]).toEqual([2, 1, 0]);
  });

  it('every five seconds again once the kernel has ceased to tell', async () => {
    const { looks, kernel, pass } = watching();
    kernel.listener?.onLost();
    await pass(10_000);
    expect(looks).toEqual([5_000, 10_000]);
  });

  it('again after a look that failed', async () => {
    const { looks, failures, state, pass } = watching({ told: false });
    state.look = () => Promise.reject(new Error('disk'));
    await pass(10_000);
    expect([looks.length, failures.length]).toEqual([2, 2]);
  });

  it('no more once that is over', async () => {
    const { looks, kernel, pass } = watching({ until: 1_000 });
    const { listener } = kernel;
    watch?.close();
    // Was under way already.
    listener?.onSet();
    await pass(60_000);
    expect([looks, kernel.listener]).toEqual([[], null]);
  });
});
