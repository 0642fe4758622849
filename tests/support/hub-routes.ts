import type { Access } from '../../shared/schemas/hub/people.ts';

/** Who may make a call of the hub: anyone without a token, any person with an account, or members of at least this role. */
export type Needed = 'anyone' | 'person' | Access;

/** Every call of the hub's API and who may make it. A unit test compares it with the routes, a contract test with the answers. */
export const NEEDED: Readonly<Record<string, Needed>> = {
  'GET /v1/me': 'person',
  'GET /v1/policy-keys': 'anyone',

  'GET /v1/orgs/{org}/registry-access': 'member',
  'GET /v1/orgs/{org}/registry-access/events': 'member',
  'GET /v1/orgs/{org}/membership': 'member',
  'GET /v1/orgs/{org}/registry-access/settings': 'auditor',
  'PUT /v1/orgs/{org}/registry-access/settings': 'registry-manager',
  'POST /v1/orgs/{org}/registry-access/settings/preview': 'registry-manager',
  'GET /v1/orgs/{org}/registry-access/additions': 'auditor',
  'GET /v1/orgs/{org}/registry-access/revisions': 'auditor',
  'GET /v1/orgs/{org}/registry-access/revisions/{revision}': 'auditor',
  'POST /v1/orgs/{org}/registry-access/revisions/{revision}/restore': 'registry-manager',
  'GET /v1/orgs/{org}/activity': 'auditor',
  'GET /v1/orgs/{org}/activity/export': 'auditor',

  'GET /v1/orgs/{org}/tokens': 'auditor',
  'POST /v1/orgs/{org}/tokens': 'owner',
  'DELETE /v1/orgs/{org}/tokens/{id}': 'owner',

  'GET /v1/orgs/{org}/policy-keys': 'auditor',
  'POST /v1/orgs/{org}/policy-keys': 'owner',
  'PUT /v1/orgs/{org}/policy-keys/signing': 'owner',

  'GET /v1/orgs/{org}/people': 'auditor',
  'POST /v1/orgs/{org}/people': 'owner',
  'PATCH /v1/orgs/{org}/people/{sub}': 'owner',
  'DELETE /v1/orgs/{org}/people/{sub}': 'owner',
  'POST /v1/orgs/{org}/people/{sub}/password-reset': 'owner',
  'POST /v1/orgs/{org}/people/{sub}/invitation': 'owner',
  'GET /v1/orgs/{org}/teams': 'auditor',
  'POST /v1/orgs/{org}/teams': 'owner',
  'PATCH /v1/orgs/{org}/teams/{team}': 'owner',
  'DELETE /v1/orgs/{org}/teams/{team}': 'owner',
  'GET /v1/orgs/{org}/roll-out': 'auditor',

  'GET /v1/orgs/{org}/requests': 'auditor',
  'POST /v1/orgs/{org}/requests': 'member',
  'GET /v1/orgs/{org}/requests/mine': 'member',
  'GET /v1/orgs/{org}/requests/blocked': 'auditor',
  'POST /v1/orgs/{org}/requests/decisions': 'registry-manager',
  'DELETE /v1/orgs/{org}/requests/{id}': 'member',
  'GET /v1/orgs/{org}/machines': 'auditor',
  'GET /v1/orgs/{org}/machines/nonce': 'member',
  'POST /v1/orgs/{org}/machines/reports': 'member',
  'GET /v1/orgs/{org}/machines/summary': 'auditor',
  'GET /v1/orgs/{org}/machines/export': 'auditor',
  'POST /v1/orgs/{org}/machines/enrolments': 'owner',
  'GET /v1/orgs/{org}/machines/codes': 'auditor',
  'POST /v1/orgs/{org}/machines/codes': 'owner',
  'DELETE /v1/orgs/{org}/machines/codes': 'owner',
  'GET /v1/orgs/{org}/machines/{id}': 'auditor',
  'DELETE /v1/orgs/{org}/machines/{id}': 'owner',

  'GET /v1/orgs/{org}/webhooks': 'owner',
  'POST /v1/orgs/{org}/webhooks': 'owner',
  'PATCH /v1/orgs/{org}/webhooks/{id}': 'owner',
  'DELETE /v1/orgs/{org}/webhooks/{id}': 'owner',
  'POST /v1/orgs/{org}/webhooks/{id}/secret': 'owner',
  'POST /v1/orgs/{org}/webhooks/{id}/test': 'owner',
};
