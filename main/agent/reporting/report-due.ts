import type { GatewayStatus } from '../../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { ReportingLevel } from '../../../shared/schemas/reporting.ts';

/** The administrator's word; without one, a managed machine reports its state. */
export function reportingLevelOf({ verdict, settings }: Pick<ManagedConfig, 'verdict' | 'settings'>): ReportingLevel {
  // Without a hub there is nobody to report to.
  if (settings.membership === 'id-token') return 'off';
  return settings.reporting ?? (verdict === 'absent' ? 'off' : 'state');
}

/** Not more often, whatever changes. */
const SPACING_MS = 60_000;
/** A hub that does not know reports may be upgraded. */
const UNKNOWN_RETRY_MS = 24 * 3_600_000;
/** One that was not enforcing is followed by another: what is over by then raises no alert. */
export const FOLLOW_UP_MS = 600_000;

/** What the times of reports depend on, by the monotonic clock in milliseconds. */
export interface ReportTimes {
  attemptedAt: number | null;
  /** The hub answered that it knows no reports. */
  unknownAt: number | null;
}

/** How many milliseconds a report that is wanted now has to wait; null: this hub is not asked again for now. */
export function waitFor({ attemptedAt, unknownAt }: ReportTimes, now: number): number | null {
  if (unknownAt !== null && now - unknownAt < UNKNOWN_RETRY_MS) return null;
  return attemptedAt === null ? 0 : Math.max(0, attemptedAt + SPACING_MS - now);
}

/** Another one after each change that the hub should hear of at once. */
export function worthReporting({ identity, inForce, attachment }: GatewayStatus): string {
  const force = inForce.kind === 'policy' ? [inForce.org, inForce.revision] : [inForce.kind, inForce.reason];
  const audit =
    attachment?.kind === 'audited'
      ? [attachment.findings.map(({ problem }) => problem.code), attachment.engines.map(({ id, hold }) => [id, hold])]
      : [attachment?.problem.code];
  return JSON.stringify([identity?.jkt, force, audit]);
}
