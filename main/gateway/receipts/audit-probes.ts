import { createHash } from 'node:crypto';
import type { View } from '../../../shared/reasons.ts';
import type { AuditProbe } from '../../../shared/schemas/attachment.ts';
import type { ReceiptClaims } from '../../../shared/schemas/receipt.ts';

/** A nonce that a wall saw for the first time. */
export interface ProbeSighting {
  nonce: string;
  wall: 'dns' | 'proxy';
  view: View;
  /** Milliseconds since 1970, by this machine's clock. */
  at: number;
}

/** Anybody can send probes: of more than these, the first are forgotten. */
const REMEMBERED = 4096;

export interface AuditProbes {
  saw(sighting: ProbeSighting): void;
  /** When each wall last saw a nonce of these. Times are seconds since 1970. */
  provenBy(probes: readonly AuditProbe[]): ReceiptClaims['probes'];
}

/**
 * Tells the probes of root's audit from those that anybody can send. The audit's file, which everyone can read, has the hashes of its
 * nonces, so that nobody learns a nonce from it; and it says when each probe was under way: whoever reads the name later, in an engine's
 * log for one, is too late.
 */
export function createAuditProbes(): AuditProbes {
  /** By hash, wall and view, in the order of their first sighting. */
  const seen = new Map<string, Omit<ProbeSighting, 'nonce'> & { hash: string }>();
  return {
    saw({ nonce, wall, view, at }) {
      const hash = probeHash(nonce);
      const key = `${hash} ${wall} ${view}`;
      if (seen.has(key)) return;
      seen.set(key, { hash, wall, view, at });
      const [oldest] = seen.keys();
      if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
    },
    provenBy(probes) {
      const last = new Map<string, ReceiptClaims['probes'][number]>();
      for (const { hash, from, until } of probes) {
        for (const sighting of seen.values()) {
          if (sighting.hash !== hash || sighting.at < from || sighting.at > until) continue;
          const { wall, view, at } = sighting;
          const key = `${wall} ${view}`;
          const seconds = Math.floor(at / 1000);
          if ((last.get(key)?.at ?? 0) < seconds) last.set(key, { wall, view, at: seconds });
        }
      }
      return [...last.values()];
    },
  };
}

export function probeHash(nonce: string): string {
  return createHash('sha256').update(nonce).digest('hex');
}
