/** Messages that come further apart on average than so many milliseconds are slept for. */
const MOST_GAP_MS = 0.25;
/** How long the next one may let itself be waited for. */
const MOST_SILENCE_MS = 0.3;
/** How much each message counts in the average: a score of questions at once, as a page or a build asks them, is no load. */
const WEIGHT = 1 / 16;
/** A pause counts no more than this, so that what came before it is soon forgotten. */
const LONGEST_GAP_MS = 10;

/**
 * Whether to look for the next message instead of sleeping until it comes. To be woken, and to wake, takes a processor longer
 * than to answer, most of all in a virtual machine; when thousands come in a second, the answers wait for that alone.
 */
export interface BusyPoll {
  /** Messages came. */
  heard(): void;
  shouldPoll(): boolean;
}

/** @param now milliseconds; never run backwards */
export function createBusyPoll(now: () => number): BusyPoll {
  let averageGap = LONGEST_GAP_MS;
  let heardAt = now();
  return {
    heard() {
      const at = now();
      averageGap += (Math.min(LONGEST_GAP_MS, at - heardAt) - averageGap) * WEIGHT;
      heardAt = at;
    },
    shouldPoll: () => averageGap <= MOST_GAP_MS && now() - heardAt <= MOST_SILENCE_MS,
  };
}
