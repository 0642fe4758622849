import type { RegistryAccessSettings } from '../schemas/hub-schema.ts';

/** What says how the list applies. */
export type Switches = Pick<RegistryAccessSettings, 'enabled' | 'mode' | 'enforceFrom'>;

/** Whether less is enforced than before, whatever the list says: for what a stolen session or a pipeline must not do. */
export function weakens(before: Switches, after: Switches): boolean {
  // Nothing was enforced that could become less.
  if (!before.enabled) return false;
  if (!after.enabled) return true;
  if (after.mode === 'enforce') return false;
  const since = ({ mode, enforceFrom }: Switches): number =>
    mode === 'enforce' ? 0 : enforceFrom === undefined ? Number.POSITIVE_INFINITY : Date.parse(enforceFrom);
  return since(after) > since(before);
}
