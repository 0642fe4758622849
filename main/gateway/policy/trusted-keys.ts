import { keysFor, type PolicyKey, type PolicyKeys } from '../../../shared/policy/keys.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';

/** The keys that count now: on a managed machine the administrator's and no others. */
export function trustedKeys(managed: ManagedConfig, firstUseKeys: PolicyKeys | null): PolicyKeys | null {
  return managed.settings.policyKeys ?? (managed.verdict === 'absent' ? firstUseKeys : null);
}

/** Whether every key that a document of `org` was verified with is trusted still. False where there was none. */
export function areTrusted(keys: PolicyKeys | null, org: string, verifiedBy: readonly PolicyKey[]): boolean {
  const trusted = keysFor(keys, org).map(keyMaterial);
  return verifiedBy.length > 0 && verifiedBy.every((key) => trusted.includes(keyMaterial(key)));
}

/** What makes two pinned keys the same key. */
export function keyMaterial({ kid, kty, crv, x, y }: PolicyKey): string {
  return JSON.stringify([kid, kty, crv, x, y ?? null]);
}
