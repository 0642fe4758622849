import type { RegistryAccessSettings } from '../schemas/hub-schema.ts';

/** The claims of a policy beside its list, issuer, organization, revision and times, as JSON. A hub keeps them for a revision's renewals. */
export function claimsOf(settings: Omit<RegistryAccessSettings, 'registries'>): string {
  const { enabled, mode, contact, grants, hints, requests, support } = settings;
  // Only told: what is enforced is the mode.
  const enforceFrom =
    settings.enforceFrom === undefined ? undefined : Math.ceil(Date.parse(settings.enforceFrom) / 1000);
  const limited = grants?.map(({ until, ...grant }) =>
    until === undefined ? grant : { ...grant, until: Math.floor(Date.parse(until) / 1000) },
  );
  return JSON.stringify({ enabled, mode, contact, enforceFrom, grants: limited, hints, requests, support });
}
