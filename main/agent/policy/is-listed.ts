import { decide } from '../../../shared/decide.ts';
import type { PolicyRules } from '../../../shared/rule-set/compile.ts';

/**
 * Whether the organization's list names a host, itself or as part of a registry that it names: whatever the policy's mode, and
 * whether or not restrictions are on.
 */
export function isListed(rules: PolicyRules | null, host: string): boolean {
  return rules !== null && decide(rules, 'engine', host).registry !== undefined;
}
