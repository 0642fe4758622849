import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTrustedClock, SPENT_AFTER_MS, type TimeMarks } from '../../../../main/gateway/policy/trusted-clock.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const START = 1_800_000_000;
const LIFE = 72 * 3600;

/** What a user of the machine, the machine and a server can do to the gateway's time. */
type Step =
  | { kind: 'run' | 'sleep'; seconds: number }
  | { kind: 'set'; wall: number }
  | { kind: 'restart' }
  | { kind: 'document' };

const seconds = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 2 * LIFE }));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('run' as const, 'sleep' as const), seconds }),
  fc.record({
    kind: fc.constant('set' as const),
    wall: fc.oneof(fc.integer({ min: 0, max: START + 10 * LIFE }), fc.integer({ min: 0, max: 2 ** 40 })),
  }),
  fc.constant({ kind: 'restart' as const }),
  fc.constant({ kind: 'document' as const }),
);

interface Seen {
  now: number;
  marks: TimeMarks;
  /** By the server's clock, which is right. */
  real: number;
  /** When the document at hand ends. */
  expiry: number;
}

/** Plays the steps; the gateway looks once a minute. A new document is signed at the time that the server has. */
function play(steps: Step[], check: (seen: Seen) => void): void {
  const clock = manualClock(START * 1000);
  let controller = createTrustedClock(clock, { mark: START, spent: 0 });
  let real = START;
  let expiry = START + LIFE;
  const look = (): void => {
    controller.observe(expiry);
    check({ now: controller.now(), marks: controller.marks(), real, expiry });
  };
  for (const next of steps) {
    switch (next.kind) {
      case 'run':
        for (let left = next.seconds; left > 0; left -= 60) {
          real += Math.min(left, 60);
          clock.advance(Math.min(left, 60) * 1000);
          look();
        }
        break;
      case 'sleep':
        real += next.seconds;
        clock.sleep(next.seconds * 1000);
        break;
      case 'set':
        clock.set(next.wall * 1000);
        break;
      case 'restart':
        controller = createTrustedClock(clock, controller.marks());
        break;
      case 'document':
        controller.witness(real);
        expiry = real + LIFE;
        break;
    }
    look();
  }
}

const steps = fc.array(step, { maxLength: 40 });

describe('the time by which documents expire', () => {
  it('is never before the real time, whatever is done to the wall clock', () => {
    fc.assert(
      fc.property(steps, (taken) => play(taken, ({ now, real }) => expect(now).toBeGreaterThanOrEqual(real))),
      { numRuns: 50 },
    );
  });

  it('keeps a mark that is the real time, and calls nothing spent that a server has yet to sign', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        let spentBefore = 0;
        let latestExpiry = 0;
        play(taken, ({ marks, real, expiry }) => {
          latestExpiry = Math.max(latestExpiry, expiry);
          expect(marks.mark).toBe(real);
          expect(marks.spent).toBeGreaterThanOrEqual(spentBefore);
          // So what is signed later, and ends later, is not expired with it.
          expect(marks.spent).toBeLessThanOrEqual(latestExpiry);
          spentBefore = marks.spent;
        });
      }),
      { numRuns: 50 },
    );
  });

  it('lets no document live again that was past its end for five minutes', () => {
    const noDocuments = steps.map((taken) => taken.filter(({ kind }) => kind !== 'document'));
    fc.assert(
      fc.property(steps, noDocuments, (before, after) => {
        const leap: Step[] = [
          { kind: 'set', wall: START + 1000 * LIFE },
          { kind: 'run', seconds: SPENT_AFTER_MS / 1000 + 60 },
        ];
        let looksBefore = 0;
        play([...before, ...leap], () => {
          looksBefore += 1;
        });
        let looks = 0;
        play([...before, ...leap, ...after], ({ now, expiry }) => {
          looks += 1;
          if (looks >= looksBefore) expect(now).toBeGreaterThanOrEqual(expiry);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('counts the five minutes of each document from when that one was found past its end', () => {
    let last = 0;
    const steps: Step[] = [
      // Past the end of the first document, and not of the second.
      { kind: 'set', wall: START + LIFE + 10 },
      { kind: 'set', wall: START + 10 * LIFE },
      { kind: 'run', seconds: 60 },
      { kind: 'document' },
      { kind: 'run', seconds: SPENT_AFTER_MS / 1000 + 60 },
      { kind: 'set', wall: START },
    ];
    play(steps, ({ now, expiry }) => {
      last = now - expiry;
    });
    expect(last).toBeGreaterThanOrEqual(0);
  });

  it('counts those of a document from its own end, though a grant in it had ended before', () => {
    const clock = manualClock(START * 1000);
    const controller = createTrustedClock(clock, { mark: START, spent: 0 });
    const [grant, document] = [START + LIFE / 2, START + LIFE];
    const lookAfter = (ms: number): boolean => {
      clock.advance(ms);
      return controller.observe(document, [grant]);
    };
    clock.set(grant * 1000);
    lookAfter(0);
    clock.set(document * 1000);
    lookAfter(60_000);
    expect(lookAfter(SPENT_AFTER_MS - 60_000)).toBe(true);
    expect(controller.marks().spent).toBe(grant);
    expect(lookAfter(60_000)).toBe(true);
    expect(controller.marks().spent).toBe(document);
  });

  it('is not held up by somebody who asks for the time again and again', () => {
    const clock = manualClock(START * 1000);
    const controller = createTrustedClock(clock, { mark: START, spent: 0 });
    clock.set((START + LIFE) * 1000);
    controller.observe(START + LIFE);
    for (let passed = 0; passed < SPENT_AFTER_MS; passed += 1000) {
      clock.advance(1000);
      controller.now();
    }
    expect(controller.observe(START + LIFE)).toBe(true);
  });

  it('does not run fast where it is asked often and one of its clocks advances in steps', () => {
    const clock = manualClock(START * 1000);
    const controller = createTrustedClock(
      // As Linux says it: in hundredths of a second.
      { ...clock, uptime: () => Math.floor(clock.uptime() / 10) * 10 },
      { mark: START, spent: 0 },
    );
    for (let passed = 0; passed < 60_000; passed += 1) {
      clock.advance(1);
      controller.now();
    }
    expect(controller.exactMarks().mark).toBe((START + 60) * 1000);
    clock.sleep(60_000);
    expect(controller.exactMarks().mark).toBe((START + 120) * 1000);
  });

  it('takes back a leap that lasted less than five minutes, and holds to one that lasted longer', () => {
    const clock = manualClock(START * 1000);
    const controller = createTrustedClock(clock, { mark: START, spent: 0 });
    const leapFor = (ms: number): boolean => {
      clock.set((START + 10 * LIFE) * 1000);
      controller.observe(START + LIFE);
      clock.advance(ms);
      const spent = controller.observe(START + LIFE);
      clock.set((START + 60) * 1000);
      return spent;
    };
    expect(leapFor(SPENT_AFTER_MS - 1)).toBe(false);
    expect(controller.now()).toBeLessThan(START + LIFE);
    controller.observe(START + LIFE);
    expect(leapFor(SPENT_AFTER_MS)).toBe(true);
    expect(controller.now()).toBe(START + LIFE);
  });
});
