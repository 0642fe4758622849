import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { isPlainLoopback } from '../platform/net/loopback.ts';

/** What `"membership": "id-token"` cannot do without: each of them decides whom this machine believes. */
const WITH_ID_TOKEN = ['issuer', 'clientId', 'organizationsClaim', 'policyUrl', 'policyIssuer'] as const;

/**
 * Settings that are fine each, and make no sense together. All are refused, because a machine that silently did without one of them
 * would believe somebody else than its administrator meant.
 */
export function conflictsIn(settings: PortcullisSettings): { setting: keyof PortcullisSettings; problem: Problem }[] {
  if (settings.membership !== 'id-token') return [];
  const missing = WITH_ID_TOKEN.filter((setting) => settings[setting] === undefined).map((setting) => ({
    setting: 'membership' as const,
    problem: problem('setting-needs', { setting: '"membership": "id-token"', needed: setting }),
  }));
  const conflicts: ReturnType<typeof conflictsIn> = [...missing];
  if (settings.hub !== undefined) conflicts.push({ setting: 'hub', problem: problem('hub-beside-id-token') });
  const url = URL.parse(settings.issuer ?? '');
  if (url !== null && isMultiTenant(url)) {
    conflicts.push({ setting: 'issuer', problem: problem('issuer-multi-tenant', { issuer: url.href }) });
  }
  if (url !== null && url.protocol !== 'https:' && !isPlainLoopback(url)) {
    conflicts.push({ setting: 'issuer', problem: problem('issuer-not-secure', { issuer: url.href }) });
  }
  return conflicts;
}

/** Tenants of Entra ID that stand for others (https://learn.microsoft.com/entra/identity-platform/v2-protocols): the last is that of private accounts. */
const SHARED_TENANTS = ['common', 'organizations', 'consumers', '9188040d-6c67-4c5b-b112-36a304b66dad'];

/** At such an issuer anybody in the world has an account, and each tenant decides itself what its tokens say. */
function isMultiTenant({ hostname, pathname }: URL): boolean {
  if (/[{}]|%7b|%7d/i.test(pathname)) return true;
  const isEntra =
    /(^|\.)(login\.microsoftonline\.(com|us|de)|login\.partner\.microsoftonline\.cn|sts\.windows\.net|login\.windows\.net)$/;
  return isEntra.test(hostname) && SHARED_TENANTS.includes(pathname.split('/')[1]?.toLowerCase() ?? '');
}
