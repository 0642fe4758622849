import type { Clock } from '../../platform/time/clock.ts';
import { createProbeFilter } from '../probe-filter.ts';
import { createDeniedNames } from './denied-names.ts';
import type { DnsObserver } from './responder.ts';
import { nameAsText } from './wire.ts';
import type { FromDnsWorker } from './worker-messages.ts';

/** How long denied names are counted before they are sent to the main thread. */
const INTERVAL_MS = 200;

/** Sends denied names to the main thread, collected for a moment, and probes at once. */
export function createDnsObserver(
  send: (message: FromDnsWorker) => void,
  clock: Pick<Clock, 'after' | 'monotonic' | 'wall'>,
): DnsObserver {
  const names = createDeniedNames();
  let isScheduled = false;
  const probeNonceOf = createProbeFilter(clock);
  return {
    denied(view, bytes, at, end, reason, wasRefused) {
      names.record(view, bytes, at, end, reason, wasRefused);
      if (isScheduled) return;
      isScheduled = true;
      const since = clock.wall();
      clock.after(INTERVAL_MS, () => {
        isScheduled = false;
        send({ kind: 'denied', since, names: names.drain() });
      });
    },
    probe(view, bytes, at, generation) {
      const nonce = probeNonceOf(nameAsText(bytes, at));
      if (nonce !== null) send({ kind: 'probe', probe: { nonce, view, generation, at: clock.wall() } });
    },
  };
}
