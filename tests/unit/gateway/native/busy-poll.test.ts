import { describe, expect, it } from 'vitest';
import { type BusyPoll, createBusyPoll } from '../../../../main/gateway/native/busy-poll.ts';

/** A `BusyPoll` on a clock of its own: so many messages, each after so many milliseconds. */
function polling(): {
  of: BusyPoll;
  hear: (messages: number, afterEach: number) => boolean;
  wait: (ms: number) => boolean;
} {
  let now = 1000;
  const of = createBusyPoll(() => now);
  return {
    of,
    hear(messages, afterEach) {
      for (let i = 0; i < messages; i += 1) {
        now += afterEach;
        of.messagesReceived();
      }
      return of.shouldPoll();
    },
    wait(ms) {
      now += ms;
      return of.shouldPoll();
    },
  };
}

describe('a thread', () => {
  it('sleeps until thousands of messages come in a second', () => {
    const { of, hear } = polling();
    expect(of.shouldPoll()).toBe(false);
    expect(hear(1000, 1)).toBe(false);
    expect(hear(1000, 0.3)).toBe(false);
    expect(hear(1000, 0.2)).toBe(true);
  });

  it('sleeps through a score of questions at once', () => {
    const { hear } = polling();
    for (let page = 0; page < 10; page += 1) {
      hear(1, 1000);
      expect(hear(20, 0.1)).toBe(false);
    }
  });

  it('sleeps as soon as the next message is overdue, and polls again with it while the load lasts', () => {
    const { hear, wait } = polling();
    hear(1000, 0.1);
    expect(wait(0.2)).toBe(true);
    expect(wait(0.2)).toBe(false);
    expect(hear(1, 0)).toBe(true);
  });

  it('forgets the load after a pause', () => {
    const { hear } = polling();
    expect(hear(1000, 0.01)).toBe(true);
    expect(hear(1, 3_600_000)).toBe(false);
    expect(hear(1000, 1)).toBe(false);
  });
});
