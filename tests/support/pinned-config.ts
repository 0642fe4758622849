import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import type { AdministratorsWord } from './allowance-oracle.ts';
import type { DocumentPool } from './document-pool.ts';

/** The managed configuration that says this word. */
export function configOf({ verdict, allowedOrgs, pinned }: AdministratorsWord, { keys }: DocumentPool): ManagedConfig {
  return {
    verdict,
    allowedOrgs: verdict === 'present' ? allowedOrgs : [],
    source: verdict === 'absent' ? null : '/etc/registry.json',
    problems: [],
    overridden: [],
    settings: pinned.length === 0 ? {} : { policyKeys: { keys: pinned.map((name) => keys[name]) } },
    settingsSource: pinned.length === 0 ? null : '/etc/portcullis/portcullis.json',
    trial: false,
  };
}
