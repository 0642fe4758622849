import { describe, expect, it } from 'vitest';
import { createDirectWait, type DirectWait } from '../../../../main/gateway/native/direct-wait.ts';

/** A `DirectWait` on a clock of its own: so many messages, each after so many milliseconds. */
function waiting(): {
  of: DirectWait;
  hear: (messages: number, afterEach: number) => boolean;
} {
  let now = 1000;
  const of = createDirectWait(() => now);
  return {
    of,
    hear(messages, afterEach) {
      for (let i = 0; i < messages; i += 1) {
        now += afterEach;
        of.messagesReceived();
      }
      return of.isWorthIt();
    },
  };
}

describe('a thread', () => {
  it('waits in the event loop until thousands of messages come in a second', () => {
    const { of, hear } = waiting();
    expect(of.isWorthIt()).toBe(false);
    expect(hear(1000, 1)).toBe(false);
    expect(hear(1000, 0.3)).toBe(false);
    expect(hear(1000, 0.2)).toBe(true);
  });

  it('does so through a score of questions at once', () => {
    const { hear } = waiting();
    for (let page = 0; page < 10; page += 1) {
      hear(1, 1000);
      expect(hear(20, 0.1)).toBe(false);
    }
  });

  it('forgets the load after a pause', () => {
    const { hear } = waiting();
    expect(hear(1000, 0.01)).toBe(true);
    expect(hear(1, 3_600_000)).toBe(false);
    expect(hear(1000, 1)).toBe(false);
  });
});
