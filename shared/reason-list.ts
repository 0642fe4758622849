/** Every `Reason`, apart from its schema: the threads that answer do without the library for schemas, and so in less memory. */
export const REASONS = [
  'allowed-by-policy',
  'allowed-companion',
  /** By a grant: until a time, for a team, or both. */
  'allowed-by-grant',
  'baseline',
  'not-managed',
  'break-glass',
  'restrictions-off',
  'audit-only',
  'not-in-policy',
  'sign-in-required',
  'wrong-organization',
  'no-policy-key',
  'policy-pending',
  'no-policy',
  'policy-expired',
  'policy-invalid',
  'no-membership',
  'managed-config-invalid',
  /** Allowed by the policy, and a host to which the proxy opens no connection: see `leadsBack`. */
  'leads-back',
] as const;
