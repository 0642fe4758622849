import { problem } from '../../../shared/problems/catalogue.ts';
import type { SentExtras } from '../../../shared/schemas/hub/grants.ts';
import type { RegistryAccessSettings, SentSettings } from '../../../shared/schemas/hub-schema.ts';
import type { Fault } from './fault.ts';

/** Longer ahead is a slip of the pen. */
const MAX_AHEAD_MS = 366 * 86_400_000;

/**
 * The settings as they are to be saved. A date that is not named stays; it means something only while the list is on and audited, and goes
 * otherwise, so that an older client need not know it.
 *
 * @param now milliseconds since 1970
 */
export function settleEnforceFrom(
  { enforceFrom: sent, ...settings }: Omit<SentSettings, keyof SentExtras>,
  current: string | undefined,
  now: number,
): { settings: RegistryAccessSettings } | { fault: Fault } {
  const fault = (cause: string) => ({
    fault: { pointer: '/enforceFrom', problem: problem('setting-invalid', {}, { cause }) },
  });
  const named = typeof sent === 'string' ? new Date(sent).toISOString() : sent;
  const isNew = typeof named === 'string' && named !== current;
  if (!settings.enabled || settings.mode !== 'audit') {
    return isNew ? fault('only with "mode": "audit" while restrictions are on') : { settings };
  }
  if (isNew && Date.parse(named) <= now) return fault('in the past; to enforce at once, set "mode": "enforce"');
  if (isNew && Date.parse(named) > now + MAX_AHEAD_MS) return fault('more than a year ahead');
  const enforceFrom = named === undefined ? current : (named ?? undefined);
  return { settings: enforceFrom === undefined ? settings : { ...settings, enforceFrom } };
}
