/** Above this average gap between messages the thread waits in Node's event loop. */
const MAX_AVERAGE_GAP_MS = 0.25;
/** The weight of each message in the average: a burst of twenty questions, as a page or a build asks them, is no load. */
const WEIGHT = 1 / 16;
/** A longer pause counts as this long, so that the load before it is soon forgotten. */
const LONGEST_GAP_MS = 10;

/**
 * Whether to wait for the next message in a system call of our own instead of in Node's event loop. A turn of the loop takes as
 * long as two answers; at thousands of messages per second, most of the processor's time would go there.
 */
export interface DirectWait {
  messagesReceived(): void;
  isWorthIt(): boolean;
}

/** @param now milliseconds; never run backwards */
export function createDirectWait(now: () => number): DirectWait {
  let averageGap = LONGEST_GAP_MS;
  let lastReceivedAt = now();
  return {
    messagesReceived() {
      const at = now();
      averageGap += (Math.min(LONGEST_GAP_MS, at - lastReceivedAt) - averageGap) * WEIGHT;
      lastReceivedAt = at;
    },
    isWorthIt: () => averageGap <= MAX_AVERAGE_GAP_MS,
  };
}
