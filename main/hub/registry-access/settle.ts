import { grantKey, isOver } from '../../../shared/lists/grants.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { SettingsExtras, SettingsGrant } from '../../../shared/schemas/hub/grants.ts';
import type { RegistryAccessSettings, SentSettings } from '../../../shared/schemas/hub-schema.ts';
import { settleEnforceFrom } from './enforce-from.ts';
import type { Fault } from './fault.ts';

export type Settled = { settings: RegistryAccessSettings; notices: Fault[] } | { fault: Fault };

/**
 * The settings as they are to be saved: what was not named stays as it is. Grants that have expired stay where they are saved already, so
 * that sending them again changes nothing; `withoutOver` drops them from a revision that is made anyway.
 *
 * @param now milliseconds since 1970
 */
export function settleSettings(
  { grants, hints, requests, support, ...sent }: SentSettings,
  current: RegistryAccessSettings,
  now: number,
): Settled {
  const settled = settleEnforceFrom(sent, current.enforceFrom, now);
  if ('fault' in settled) return settled;
  const known = new Set((current.grants ?? []).map(untilKey));
  const named = grants === undefined ? current.grants : grants;
  const notices: Fault[] = [];
  const kept = (named ?? []).filter((grant, index) => {
    if (!isOver(grant, now) || known.has(untilKey(grant))) return true;
    const { address, until = '' } = grant;
    notices.push({ pointer: `/grants/${index}/until`, problem: problem('grant-over', { address, until }) });
    return false;
  });
  const extras = {
    grants: kept,
    hints: (hints === undefined ? current.hints : hints) ?? [],
    requests: (requests === undefined ? current.requests : requests) ?? false,
    support: (support === undefined ? current.support : support) ?? {},
  };
  return { settings: { ...settled.settings, ...presentExtras(extras) }, notices };
}

/** What there is of them: none is left out. */
export function presentExtras({
  grants = [],
  hints = [],
  requests = false,
  support = {},
}: SettingsExtras): SettingsExtras {
  const { text = '', url = '' } = support;
  return {
    ...(grants.length === 0 ? {} : { grants }),
    ...(hints.length === 0 ? {} : { hints }),
    ...(requests ? { requests } : {}),
    ...(text === '' && url === ''
      ? {}
      : { support: { ...(text === '' ? {} : { text }), ...(url === '' ? {} : { url }) } }),
  };
}

/** The settings without the grants that have expired. @param now milliseconds since 1970 */
export function withoutOver(settings: RegistryAccessSettings, now: number): RegistryAccessSettings {
  const { grants = [], ...others } = settings;
  const kept = grants.filter((grant) => !isOver(grant, now));
  return kept.length === 0 ? others : { ...others, grants: kept };
}

function untilKey(grant: SettingsGrant): string {
  return `${grantKey(grant)}\n${grant.until ?? ''}`;
}
