import { describe, expect, it } from 'vitest';
import { followSources } from '../../../main/managed-config/follow-sources.ts';
import type { Reading, Source } from '../../../main/managed-config/source.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import type { Clock } from '../../../main/platform/time/clock.ts';
import type { ManagedConfig, Verdict } from '../../../shared/schemas/managed-config.ts';

/** Time that passes only when told to. */
function handClock() {
  let now = 0;
  let timers: { at: number; task: () => void }[] = [];
  const clock: Clock = {
    wall: () => now,
    monotonic: () => now,
    uptime: () => now,
    after(ms, task) {
      const timer = { at: now + ms, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  /** Runs what falls due, in order, and lets promises settle after each. */
  const pass = async (ms: number) => {
    const until = now + ms;
    for (;;) {
      const next = timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      timers = timers.filter((other) => other !== next);
      now = Math.max(now, next.at);
      next.task();
      await settle();
    }
    now = until;
  };
  return { clock, pass, pending: () => timers.length };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

function reading(verdict: Verdict, ...allowedOrgs: string[]): Reading {
  return {
    source: { file: '/r', kind: 'registry-json', verdict, allowedOrgs, problems: [] },
    settings: {},
    failure: null,
  };
}

/** A source that only the clock tells of, as the Windows registry is. */
function polled(answer: { now: Reading; reads: number }): Source {
  return {
    provides: 'organizations',
    watch: null,
    async read() {
      answer.reads += 1;
      return answer.now;
    },
  };
}
const log = silentLogger();

describe('sources, followed by the clock', () => {
  it('act within two seconds where nothing can be watched', async () => {
    const { clock, pass } = handClock();
    const answer = { now: reading('absent'), reads: 0 };
    const source = await followSources([polled(answer)], { clock, log, trial: false });
    expect(source.current().verdict).toBe('absent');
    answer.now = reading('present', 'acme');
    await pass(2_000);
    expect(source.current()).toMatchObject({ verdict: 'present', allowedOrgs: ['acme'] });
  });

  it('loosen ten seconds after the last of a source, not before', async () => {
    const { clock, pass } = handClock();
    const answer = { now: reading('present', 'acme'), reads: 0 };
    const source = await followSources([polled(answer)], { clock, log, trial: false });
    answer.now = reading('absent');
    await pass(10_000);
    expect(source.current().verdict).toBe('present');
    await pass(2_000);
    expect(source.current().verdict).toBe('absent');
  });

  it('tell each change once, and nothing after they are closed', async () => {
    const { clock, pass, pending } = handClock();
    const answer = { now: reading('absent'), reads: 0 };
    const source = await followSources([polled(answer)], { clock, log, trial: false });
    const told: ManagedConfig[] = [];
    const stop = source.onChange((config) => told.push(config));
    answer.now = reading('present', 'acme');
    await pass(20_000);
    expect(told.map(({ verdict }) => verdict)).toEqual(['present']);
    stop();
    answer.now = reading('malformed');
    await pass(2_000);
    expect(told).toHaveLength(1);
    source.close();
    expect(pending()).toBe(0);
    const { reads } = answer;
    await pass(60_000);
    expect(answer.reads).toBe(reads);
  });

  it('do not wait for one that hangs, and keep what it said', async () => {
    const { clock, pass } = handClock();
    const answer = { now: reading('absent'), reads: 0 };
    let asked = 0;
    const hanging: Source = {
      provides: 'organizations',
      watch: null,
      read: () => {
        asked += 1;
        return asked === 1 ? Promise.resolve(reading('absent')) : new Promise(() => {});
      },
    };
    const source = await followSources([hanging, polled(answer)], { clock, log, trial: false });
    answer.now = reading('present', 'acme');
    await pass(3_000);
    expect(asked).toBe(2);
    expect(source.current()).toMatchObject({ verdict: 'present', allowedOrgs: ['acme'] });
  });

  it('are not known before each has been read once', async () => {
    const { clock } = handClock();
    let answered = (_reading: Reading) => {};
    const slow: Source = {
      provides: 'organizations',
      watch: null,
      read: () =>
        new Promise((resolve) => {
          answered = resolve;
        }),
    };
    let source: unknown;
    const opening = followSources([polled({ now: reading('absent'), reads: 0 }), slow], { clock, log, trial: false });
    void opening.then((opened) => {
      source = opened;
    });
    await settle();
    expect(source).toBeUndefined();
    answered(reading('present', 'acme'));
    expect((await opening).current()).toMatchObject({ verdict: 'present' });
  });
});
