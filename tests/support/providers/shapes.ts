/** What a provider says about a person, before it is bent into the shape of one. */
export interface ShapedPerson {
  name: string;
  organizations: readonly string[];
  /** More groups than the provider puts into a token. */
  overage?: boolean;
}

export type ShapeName = 'entra' | 'okta' | 'keycloak' | 'auth0' | 'google';

/** In what a provider differs from the next, as its manual says and as far as a relying party notices. */
export interface Shape {
  /** As the vendor spells it. */
  issuer: string;
  /** Where the organizations are, and how they are written. */
  organizationsClaim: string;
  organizationsForm: 'names' | 'keys';
  algorithm: 'RS256' | 'ES256';
  /** Of the ID token. */
  claims: (sub: string, person: ShapedPerson) => Record<string, unknown>;
  /** Names of those that the user info has too. */
  inUserInfo: readonly string[];
  idTokenOnRefresh: boolean;
  rotation: boolean;
  /** `access_type=offline` is Google's own word for it; to it, `offline_access` is a mistake. */
  offlineBy: 'offline_access' | 'access_type';
  /** What `prompt=consent` does: needed for a refresh token, not needed, or a request for an administrator's approval. */
  consent: 'needed' | 'not-needed' | 'asks-administrator';
  /** Members that its discovery document leaves out. */
  notInDiscovery: readonly string[];
}

const common = {
  algorithm: 'RS256',
  idTokenOnRefresh: true,
  rotation: true,
  offlineBy: 'offline_access',
  consent: 'not-needed',
  notInDiscovery: [],
} as const;

export const SHAPES: Record<ShapeName, Shape> = {
  // https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference and …/access-token-claims-reference (groups overage)
  entra: {
    ...common,
    issuer: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    organizationsClaim: '/groups',
    organizationsForm: 'names',
    // No e-mail address unless it is asked for as an optional claim.
    claims: (sub, { name, organizations, overage = false }) => ({
      oid: `00000000-0000-0000-${sub}`,
      tid: '9188040d-6c67-4c5b-b112-36a304b66dad',
      name,
      preferred_username: `${sub}@initech.example`,
      ...(overage
        ? {
            _claim_names: { groups: 'src1' },
            _claim_sources: { src1: { endpoint: 'https://graph.microsoft.com/v1.0/users/x/getMemberObjects' } },
          }
        : { groups: organizations }),
    }),
    inUserInfo: ['name'],
    consent: 'asks-administrator',
    notInDiscovery: ['grant_types_supported', 'code_challenge_methods_supported'],
  },
  // https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/
  okta: {
    ...common,
    issuer: 'https://initech.okta.com/oauth2/default',
    organizationsClaim: '/groups',
    organizationsForm: 'names',
    claims: (sub, { name, organizations }) => ({
      name,
      email: `${sub}@initech.example`,
      preferred_username: `${sub}@initech.example`,
      groups: ['Everyone', ...organizations],
    }),
    inUserInfo: ['name', 'email', 'preferred_username', 'groups'],
    rotation: false,
  },
  // https://www.keycloak.org/docs/latest/server_admin/ (organizations as a map)
  keycloak: {
    ...common,
    issuer: 'https://sso.initech.example/realms/initech',
    organizationsClaim: '/organization',
    organizationsForm: 'keys',
    algorithm: 'ES256',
    claims: (sub, { name, organizations }) => ({
      name,
      email: `${sub}@initech.example`,
      preferred_username: sub,
      organization: Object.fromEntries(organizations.map((alias, index) => [alias, { id: `42-${index}` }])),
      realm_access: { roles: ['offline_access', ...organizations] },
    }),
    inUserInfo: ['name', 'email', 'preferred_username', 'organization'],
  },
  // https://auth0.com/docs/secure/tokens/json-web-tokens/create-custom-claims: of one's own namespace
  auth0: {
    ...common,
    issuer: 'https://initech.eu.auth0.com/',
    organizationsClaim: '/https:~1~1initech.example~1groups',
    organizationsForm: 'names',
    claims: (sub, { name, organizations }) => ({
      name,
      nickname: sub,
      email: `${sub}@initech.example`,
      'https://initech.example/groups': organizations,
    }),
    inUserInfo: ['name', 'nickname', 'email', 'https://initech.example/groups'],
    idTokenOnRefresh: false,
  },
  // https://developers.google.com/identity/openid-connect/openid-connect: the domain of a Workspace account, and no groups
  google: {
    ...common,
    issuer: 'https://accounts.google.com',
    organizationsClaim: '/hd',
    organizationsForm: 'names',
    claims: (sub, { name, organizations }) => ({
      name,
      email: `${sub}@initech.example`,
      ...(organizations[0] === undefined ? {} : { hd: organizations[0] }),
    }),
    inUserInfo: ['name', 'email'],
    rotation: false,
    offlineBy: 'access_type',
    consent: 'needed',
    notInDiscovery: ['token_endpoint_auth_methods_supported', 'grant_types_supported', 'prompt_values_supported'],
  },
};
