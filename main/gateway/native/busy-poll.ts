/** Above this average gap between messages the thread sleeps until the next one. */
const MAX_AVERAGE_GAP_MS = 0.25;
/** How long after a message the thread polls for the next one. */
const MAX_SILENCE_MS = 0.3;
/** The weight of each message in the average: a burst of twenty questions, as a page or a build asks them, is no load. */
const WEIGHT = 1 / 16;
/** A longer pause counts as this long, so that the load before it is soon forgotten. */
const LONGEST_GAP_MS = 10;

/**
 * Whether to poll for the next message instead of sleeping until it comes. Waking a thread takes a processor longer than
 * answering, most of all in a virtual machine; at thousands of messages per second, answers would wait for nothing else.
 */
export interface BusyPoll {
  messagesReceived(): void;
  shouldPoll(): boolean;
}

/** @param now milliseconds; never run backwards */
export function createBusyPoll(now: () => number): BusyPoll {
  let averageGap = LONGEST_GAP_MS;
  let lastReceivedAt = now();
  return {
    messagesReceived() {
      const at = now();
      averageGap += (Math.min(LONGEST_GAP_MS, at - lastReceivedAt) - averageGap) * WEIGHT;
      lastReceivedAt = at;
    },
    shouldPoll: () => averageGap <= MAX_AVERAGE_GAP_MS && now() - lastReceivedAt <= MAX_SILENCE_MS,
  };
}
