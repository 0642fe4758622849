import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import { compilePolicy, type PolicyRules } from '../../../shared/rule-set/compile.ts';

/** The rules of a list, enforced, whatever the mode: what the list itself allows. */
export function rulesOf(registries: readonly RegistryEntry[]): PolicyRules {
  const claims = {
    iss: 'preview',
    org: 'preview',
    revision: 1,
    iat: 0,
    exp: 1,
    enabled: true,
    mode: 'enforce' as const,
  };
  return compilePolicy({ ...claims, registries: [...registries] }, 0);
}
