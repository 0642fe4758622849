import type { PolicyClaims } from '../policy/schema.ts';
import type { LockReason, OpenReason } from '../reasons.ts';
import type { Standing } from '../standing.ts';
import { compilePolicy, type PolicyRules } from './compile.ts';

/** What is in force, ready for look-up: plain data, which can be posted to worker threads. */
export type RuleSet = OpenRules | DenyRules | PolicyRules;

/** Nothing is restricted: an unmanaged machine, or an administrator who has broken the glass. */
export interface OpenRules {
  kind: 'open';
  reason: OpenReason;
}

/** The engine may contact nothing. */
export interface DenyRules {
  kind: 'deny';
  reason: LockReason;
  organizations: string[];
  detail: string;
}

export function openRules(reason: OpenReason = 'not-managed'): OpenRules {
  return { kind: 'open', reason };
}

export function denyRules(reason: LockReason, organizations: string[] = [], detail = ''): DenyRules {
  return { kind: 'deny', reason, organizations, detail };
}

/**
 * The rule set of a standing. A policy that is not at hand, or is not the one meant, denies: it must never be replaced by another.
 * `seed` is 32 random bits (`compilePolicy`).
 */
export function ruleSetFor(standing: Standing, claims: PolicyClaims | null, seed: number): RuleSet {
  if (standing.kind === 'open') return openRules(standing.reason);
  if (standing.kind === 'deny') return denyRules(standing.reason, standing.organizations, standing.detail);
  if (claims === null) return denyRules('no-policy', [standing.org], `the policy of ${standing.org} is not at hand`);
  if (claims.org !== standing.org || claims.revision !== standing.revision) {
    const detail = `expected revision ${standing.revision} of ${standing.org}, got ${claims.revision} of ${claims.org}`;
    return denyRules('policy-invalid', [standing.org], detail);
  }
  return compilePolicy(claims, seed);
}
