import { PROBE_NONCE, PROBE_SUFFIX } from '../../shared/probe-names.ts';
import type { Clock } from '../platform/time/clock.ts';

/** Anybody can send probes: more of them in this time are not reported. */
const MAX_PROBES = 64;
const INTERVAL_MS = 200;

/** Whether `host` is a name that exists only to be denied and noticed. */
export function isProbe(host: string): boolean {
  return host.endsWith(`.${PROBE_SUFFIX}`);
}

/**
 * The nonce of a probe that is to be reported: `n<nonce>.….probe.portcullis.internal`, in lower case. null for what has none, and for
 * all beyond 64 in a fifth of a second.
 */
export function createProbeFilter(clock: Pick<Clock, 'monotonic'>): (host: string) => string | null {
  let since = Number.NEGATIVE_INFINITY;
  let seen = 0;
  return (host) => {
    const label = host.split('.', 1)[0] ?? '';
    const nonce = label.slice(1);
    if (!label.startsWith('n') || !PROBE_NONCE.test(nonce)) return null;
    const now = clock.monotonic();
    if (now - since >= INTERVAL_MS) {
      since = now;
      seen = 0;
    }
    seen += 1;
    return seen <= MAX_PROBES ? nonce : null;
  };
}
