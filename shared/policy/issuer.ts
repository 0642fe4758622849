import type { PortcullisSettings } from '../schemas/managed-config.ts';

/**
 * The issuer that policies must be from: `policyIssuer`, or else the server. null where the administrator names neither. `issuer` is the
 * OpenID provider, who signs no policies.
 */
export function policyIssuerOf({ policyIssuer, hub }: PortcullisSettings): string | null {
  return policyIssuer ?? hub ?? null;
}

/** Whether two issuers are one: the same text, or the same URL but for a final slash, a default port or the case of its host. */
export function isSameIssuer(one: string, other: string): boolean {
  return one === other || plain(one) === plain(other);
}

function plain(issuer: string): string {
  return (URL.parse(issuer)?.href ?? issuer).replace(/\/$/, '');
}
