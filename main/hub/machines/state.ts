import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { MachineState } from '../../../shared/schemas/hub/machines.ts';
import type { ReceiptClaims } from '../../../shared/schemas/receipt.ts';
import { shortcomingsOf } from './shortcomings.ts';

const HOUR_MS = 3_600_000;
/** Without a receipt for so long, a machine is silent. */
export const SILENT_MS = 24 * HOUR_MS;

/**
 * The part of a machine's state that only a new receipt changes: it is stored, and the rest follows from the time (`stateWhere` in
 * machine-list.ts says the same in SQL).
 */
export type Standing = 'unverified' | 'not-enforcing' | 'enforcing';

/** What the hub holds of a machine. Times in milliseconds since 1970, by the hub's clock. */
export interface MachineFacts {
  /** When root's thumbprint or code arrived; null where none did. */
  enrolledAt: number | null;
  /** When its key was seen on two machines. */
  clonedAt: number | null;
  /** It showed a code that is not, or no longer, valid. */
  codeVoid: boolean;
  lastAt: number | null;
  /** When a probe of root's audit was last seen on it. */
  probedAt: number | null;
  /** Since when it has been blocking everything. */
  deniedSince: number | null;
  /** Of the last receipt. Nothing that is not signed is among the facts. */
  claims: ReceiptClaims | null;
}

/** What a machine is measured by. */
export interface Measure {
  issuer: string;
  /** Milliseconds since 1970. */
  now: number;
  /** Two sync intervals, in milliseconds. */
  graceMs: number;
  /** The newest revision. */
  current: number;
  /** The newest of those that are older than the grace: who enforces an earlier one is outdated. */
  due: number;
}

export interface Judged {
  state: MachineState;
  missing: Problem[];
}

/** The stored part. */
export function standingOf(facts: MachineFacts, issuer: string): Standing {
  if (facts.enrolledAt === null || facts.clonedAt !== null) return 'unverified';
  return facts.claims === null || shortcomingsOf(facts.claims, facts, issuer).length === 0
    ? 'enforcing'
    : 'not-enforcing';
}

/** Which of the five states a machine is in, and what keeps it from enforcing. */
export function machineState(facts: MachineFacts, measure: Measure): Judged {
  const { issuer, now } = measure;
  const { enrolledAt, clonedAt, codeVoid, lastAt, claims } = facts;
  const shortcomings = claims === null ? [] : shortcomingsOf(claims, facts, issuer).map(({ problem }) => problem);
  const behind = behindBy(facts, measure);

  if (enrolledAt === null || clonedAt !== null) {
    const unverified = [
      ...(clonedAt === null ? [] : [problem('machine-cloned')]),
      ...(enrolledAt === null ? [problem('machine-not-enrolled')] : []),
      ...(enrolledAt === null && codeVoid ? [problem('machine-code-void')] : []),
    ];
    return { state: 'unverified', missing: [...unverified, ...shortcomings] };
  }
  if (lastAt === null || claims === null) return { state: 'silent', missing: [problem('machine-never-reported')] };
  if (now - lastAt >= SILENT_MS) {
    const hours = Math.floor((now - lastAt) / HOUR_MS);
    return { state: 'silent', missing: [problem('machine-silent', { hours })] };
  }
  if (shortcomings.length > 0) return { state: 'not-enforcing', missing: [...shortcomings, ...behind.missing] };
  return { state: behind.isOutdated ? 'outdated' : 'enforcing', missing: behind.missing };
}

function behindBy(
  { claims, deniedSince }: MachineFacts,
  { now, graceMs, current, due }: Measure,
): { isOutdated: boolean; missing: Problem[] } {
  if (claims === null) return { isOutdated: false, missing: [] };
  const { effective, revision } = claims;
  if (effective.kind === 'deny') {
    const isOutdated = deniedSince !== null && now - deniedSince >= graceMs;
    return { isOutdated, missing: [problem('machine-blocks-everything', { reason: effective.reason ?? 'unknown' })] };
  }
  if (revision === null || revision >= due) return { isOutdated: false, missing: [] };
  return { isOutdated: true, missing: [problem('machine-outdated', { revision, current })] };
}
