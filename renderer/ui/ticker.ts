/** As much of a document as tells whether somebody sees it. */
export interface SeenPage {
  readonly visibilityState: 'visible' | 'hidden';
  addEventListener(type: 'visibilitychange', listener: () => void): void;
}

export interface Interval {
  start(tick: () => void, ms: number): () => void;
}

const timers: Interval = {
  start(tick, ms) {
    const timer = setInterval(tick, ms);
    return () => clearInterval(timer);
  },
};

/** Adds a listener. @returns how to remove it */
export type Ticker = (listener: () => void) => () => void;

/**
 * Tells all listeners after each `ms` milliseconds at the same moment, so that the page is painted once and not once for each; and none while
 * nobody sees the page, but all at once when somebody does again.
 */
export function createTicker(page: SeenPage, ms: number, interval = timers): Ticker {
  const listeners = new Set<() => void>();
  let stop: (() => void) | null = null;

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function runIfNeeded(): void {
    const isNeeded = listeners.size > 0 && page.visibilityState === 'visible';
    if (isNeeded) stop ??= interval.start(tell, ms);
    else {
      stop?.();
      stop = null;
    }
  }

  page.addEventListener('visibilitychange', () => {
    runIfNeeded();
    if (page.visibilityState === 'visible') tell();
  });
  return (listener) => {
    listeners.add(listener);
    runIfNeeded();
    return () => {
      listeners.delete(listener);
      runIfNeeded();
    };
  };
}
