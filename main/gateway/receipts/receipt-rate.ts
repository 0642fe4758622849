import type { Clock } from '../../platform/time/clock.ts';

/** Receipts of one connection: a few at once, then one each ten seconds. An agent needs one in fifteen minutes. */
const OF_ONE = { most: 5, everyMs: 10_000 };
/** Of all of them together, so that no number of connections keeps the gateway busy with signing. */
const OF_ALL = { most: 50, everyMs: 100 };

interface Bucket {
  left: number;
  at: number;
}

/** Whether one more receipt may be signed now for this connection; counts it if so. */
export function createReceiptRate(clock: Pick<Clock, 'monotonic'>): (connection: object) => boolean {
  const ofOne = new WeakMap<object, Bucket>();
  let ofAll: Bucket = { left: OF_ALL.most, at: clock.monotonic() };
  return (connection) => {
    const now = clock.monotonic();
    const own = filled(ofOne.get(connection) ?? { left: OF_ONE.most, at: now }, OF_ONE, now);
    ofAll = filled(ofAll, OF_ALL, now);
    const may = own.left >= 1 && ofAll.left >= 1;
    ofOne.set(connection, may ? { ...own, left: own.left - 1 } : own);
    // One that has used up its own takes nothing from the others.
    if (may) ofAll = { ...ofAll, left: ofAll.left - 1 };
    return may;
  };
}

function filled({ left, at }: Bucket, { most, everyMs }: typeof OF_ONE, now: number): Bucket {
  return { left: Math.min(most, left + (now - at) / everyMs), at: now };
}
