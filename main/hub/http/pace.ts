/**
 * Streams that one process tells of a revision in a second. Whoever is told asks for the policy, a proof of membership and a nonce, and
 * brings a receipt: told all at once, ten thousand machines would only wait in line for the same answers.
 */
export const TOLD_PER_SECOND = 400;
/** Streams that one process takes back in a second after it has lost them all. */
export const TAKEN_BACK_PER_SECOND = 1_000;
/** So many are told at once: an organization that has no more of them hears of everything without delay. */
export const TOLD_AT_ONCE = TOLD_PER_SECOND;

const SHORTEST_RETRY_MS = 1_000;
const TURN_MS = 50;

/** The `retry` that streams are given, in milliseconds (WHATWG HTML section 9.2.6). @param streams that are open here */
export function retryOf(streams: number): number {
  return Math.max(SHORTEST_RETRY_MS, Math.ceil(streams / TAKEN_BACK_PER_SECOND) * 1_000);
}

/**
 * Calls `tell` for each of `streams`: for the first at once, for the others at the pace above.
 *
 * @param after runs a task so many milliseconds later; returns how to call it off
 * @returns how to stop
 */
export function tellInTurn<T>(
  streams: Iterable<T>,
  tell: (stream: T) => void,
  after: (ms: number, task: () => void) => () => void,
): () => void {
  const waiting = [...streams];
  let next = 0;
  let cancel = (): void => {};

  function turn(count: number): void {
    const end = Math.min(waiting.length, next + count);
    while (next < end) {
      const stream = waiting[next] as T;
      next += 1;
      tell(stream);
    }
    if (next < waiting.length) cancel = after(TURN_MS, () => turn((TOLD_PER_SECOND * TURN_MS) / 1_000));
  }

  turn(TOLD_AT_ONCE);
  return () => {
    next = waiting.length;
    cancel();
  };
}

type OnRevision = (org: string, listener: (revision: number) => void) => () => void;

/**
 * As `onRevision`, at the pace above.
 *
 * @param after see `tellInTurn`
 */
export function pacedRevisions(
  onRevision: OnRevision,
  after: (ms: number, task: () => void) => () => void,
): OnRevision {
  const listenersOf = new Map<string, { listeners: Set<(revision: number) => void>; stop: () => void }>();

  function subscribed(org: string): { listeners: Set<(revision: number) => void>; stop: () => void } {
    const known = listenersOf.get(org);
    if (known !== undefined) return known;
    const listeners = new Set<(revision: number) => void>();
    const stop = onRevision(org, (revision) => {
      // Who has gone meanwhile is not told.
      tellInTurn(listeners, (listener) => listeners.has(listener) && listener(revision), after);
    });
    const fresh = { listeners, stop };
    listenersOf.set(org, fresh);
    return fresh;
  }

  return (org, listener) => {
    const own = (revision: number): void => listener(revision);
    const { listeners, stop } = subscribed(org);
    listeners.add(own);
    return () => {
      listeners.delete(own);
      if (listeners.size > 0 || listenersOf.get(org)?.listeners !== listeners) return;
      stop();
      listenersOf.delete(org);
    };
  };
}
