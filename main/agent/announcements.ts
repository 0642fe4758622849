import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { subscribe } from '../../shared/subscribe.ts';

/** Tells listeners of every change, once, however many parts had a hand in it. */
export interface Announcements {
  /** Something has changed. What follows from it is done and announced soon, together with other changes of this moment. */
  changed(): void;
  /** Does now what is due. */
  catchUp(): void;
  snapshot(): Snapshot;
  onSnapshot(listener: (snapshot: Snapshot) => void): () => void;
  start(): void;
  stop(): void;
}

/** Parts that are told something may change again in consequence; more rounds than this wait for the next turn. */
const MAX_ROUNDS = 4;

/**
 * @param reconcile tells the parts what follows from a change.
 * @param build the snapshot of this moment.
 */
export function createAnnouncements(reconcile: () => void, build: () => Snapshot): Announcements {
  const listeners = new Set<(snapshot: Snapshot) => void>();
  let current: Snapshot | null = null;
  let announced = '';
  let isStarted = false;
  let isDue = false;
  let isReconciling = false;

  function changed(): void {
    if (isDue || !isStarted) return;
    isDue = true;
    // A change that a part answers with is seen by `catchUp` itself.
    if (!isReconciling) queueMicrotask(catchUp);
  }

  function catchUp(): void {
    if (!isDue || !isStarted || isReconciling) return;
    isReconciling = true;
    try {
      for (let round = 0; isDue && round < MAX_ROUNDS; round += 1) {
        isDue = false;
        reconcile();
      }
    } finally {
      isReconciling = false;
    }
    if (isDue) queueMicrotask(catchUp);
    announce();
  }

  function announce(): void {
    const snapshot = build();
    const text = JSON.stringify({ ...snapshot, at: 0 });
    if (text === announced) return;
    announced = text;
    current = snapshot;
    for (const listener of listeners) listener(snapshot);
  }

  return {
    changed,
    catchUp,
    snapshot() {
      catchUp();
      current ??= build();
      return current;
    },
    onSnapshot: (listener) => subscribe(listeners, listener),
    start() {
      isStarted = true;
    },
    stop() {
      isStarted = false;
    },
  };
}
