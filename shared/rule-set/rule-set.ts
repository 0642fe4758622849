import type { LockReason, OpenReason } from '../reasons.ts';
import type { PolicyRules } from './compile.ts';
import type { GrantRules } from './grant-rules.ts';

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

export function grantsOf(rules: RuleSet): GrantRules | undefined {
  return rules.kind === 'policy' ? rules.grants : undefined;
}
