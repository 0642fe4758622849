import { PROBE_NONCE } from '../../../shared/schemas/control-schema.ts';
import { createDeniedNames } from './denied-names.ts';
import type { DnsObserver } from './responder.ts';
import { nameAsText } from './wire.ts';
import type { FromDnsWorker } from './worker-messages.ts';

/** How long denied names are counted before they are sent to the main thread. */
const INTERVAL_MS = 200;
/** Probes sent per interval: a flood of them must not fill the main thread's memory. */
const MAX_PROBES = 64;

/**
 * Sends denied names to the main thread, collected for a moment, and probes at once.
 * @param after runs something later, in milliseconds
 */
export function createDnsObserver(
  send: (message: FromDnsWorker) => void,
  after: (ms: number, run: () => void) => void,
): DnsObserver {
  const names = createDeniedNames();
  let isScheduled = false;
  let probes = 0;
  return {
    denied(view, bytes, at, end, reason, wasRefused) {
      names.record(view, bytes, at, end, reason, wasRefused);
      if (isScheduled) return;
      isScheduled = true;
      after(INTERVAL_MS, () => {
        isScheduled = false;
        send({ kind: 'denied', names: names.drain() });
      });
    },
    probe(view, bytes, at, generation) {
      const nonce = nameAsText(bytes, at).split('.', 1)[0]?.slice(1) ?? '';
      if (!PROBE_NONCE.test(nonce) || probes >= MAX_PROBES) return;
      if (probes === 0) {
        after(INTERVAL_MS, () => {
          probes = 0;
        });
      }
      probes += 1;
      send({ kind: 'probe', probe: { nonce, view, generation } });
    },
  };
}
