import type { RegistryAccessSettings } from '../schemas/hub-schema.ts';

/** What says how the list applies. */
export type Switches = Pick<RegistryAccessSettings, 'enabled' | 'mode'>;

/** Whether less is enforced than before, whatever the list says: for what a stolen session or a pipeline must not do. */
export function weakens(before: Switches, after: Switches): boolean {
  return (before.enabled && !after.enabled) || (before.mode === 'enforce' && after.mode !== 'enforce');
}
