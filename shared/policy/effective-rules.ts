import type { PolicyRules } from '../rule-set/compile.ts';
import { denyRules, openRules, type RuleSet } from '../rule-set/rule-set.ts';
import type { EffectivePolicy } from './effective-policy.ts';

/**
 * The rule set that enforces an effective policy.
 *
 * @param rules of the policy that is in force; null where they are not at hand, and then everything is denied.
 */
export function effectiveRules(effective: EffectivePolicy, rules: PolicyRules | null): RuleSet {
  switch (effective.kind) {
    case 'open':
      return openRules(effective.reason);
    case 'deny':
      return denyRules(effective.reason, effective.organizations, effective.detail);
    case 'policy':
      return rules ?? denyRules('no-policy', [effective.org], 'the policy is not at hand');
  }
}
