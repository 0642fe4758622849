import type { ReceiptClaims } from '../../../shared/schemas/receipt.ts';
import { lastProbe, shortcomingsOf } from './shortcomings.ts';
import { type MachineFacts, type Standing, standingOf } from './state.ts';

/** What is kept of a machine between two receipts. */
export interface KeptMachine {
  facts: MachineFacts;
  /** The identity that its gateway made for that machine; null before the first receipt. */
  machine: string | null;
  /** Of the newest receipt: when it was signed (seconds since 1970), and how many rule sets had come into force. */
  iat: number;
  generation: number;
  /** Since when it has not been enforcing; milliseconds since 1970. */
  notEnforcingSince: number | null;
  /** Everything that is missing may also be a wake from sleep. */
  transient: boolean;
  standing: Standing;
}

export const NEVER_SEEN: KeptMachine = {
  facts: {
    ...{ enrolledAt: null, clonedAt: null, codeVoid: false, lastAt: null, probedAt: null, deniedSince: null },
    claims: null,
  },
  ...{ machine: null, iat: 0, generation: 0, notEnforcingSince: null, transient: false, standing: 'unverified' },
};

/**
 * What is kept after a receipt whose signature and nonce are good. One of a machine that has signed a newer one changes nothing but what it tells of
 * clones.
 * @param now milliseconds since 1970
 * @param enrolment what its code has led to; undefined where it showed none
 */
export function afterReceipt(
  kept: KeptMachine,
  claims: ReceiptClaims,
  { issuer, now, enrolment }: { issuer: string; now: number; enrolment?: 'enrolled' | 'void' | undefined },
): KeptMachine {
  const clonedAt = kept.facts.clonedAt ?? (isClone(kept, claims) ? now : null);
  const enrolledAt = kept.facts.enrolledAt ?? (enrolment === 'enrolled' ? now : null);
  const before = { ...kept.facts, clonedAt, enrolledAt, codeVoid: enrolment === 'void' };
  if (kept.machine !== null && claims.iat < kept.iat) return standAnew({ ...kept, facts: before }, issuer, now);
  const facts: MachineFacts = {
    ...before,
    lastAt: now,
    probedAt: latest(lastProbe(claims, now), kept.facts.probedAt),
    deniedSince: claims.effective.kind === 'deny' ? (kept.facts.deniedSince ?? now) : null,
    claims,
  };
  const { machine, iat, generation } = claims;
  return standAnew({ ...kept, facts, machine, iat, generation }, issuer, now);
}

/** With the part of the state that is stored, where the facts have changed. */
export function standAnew(kept: KeptMachine, issuer: string, now: number): KeptMachine {
  const { facts, notEnforcingSince } = kept;
  const standing = standingOf(facts, issuer);
  if (standing !== 'not-enforcing' || facts.claims === null) {
    return { ...kept, standing, notEnforcingSince: null, transient: false };
  }
  const transient = shortcomingsOf(facts.claims, facts, issuer).every((shortcoming) => shortcoming.transient);
  return { ...kept, standing, notEnforcingSince: notEnforcingSince ?? now, transient };
}

/** One key on two machines: another identity, or a count of rule sets that has gone back, as it does on neither of them alone. */
function isClone(kept: KeptMachine, { machine, iat, generation }: ReceiptClaims): boolean {
  if (kept.machine === null) return false;
  return machine !== kept.machine || (iat > kept.iat && generation < kept.generation);
}

function latest(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}
