/** The entry at index N migrates version N to N + 1 (`PRAGMA user_version`). Never edit one: add one. */
export const MIGRATIONS = [
  `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE users (
    sub TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, name TEXT, email TEXT, password TEXT NOT NULL
  ) STRICT;
  CREATE TABLE organizations (name TEXT PRIMARY KEY) STRICT;
  CREATE TABLE memberships (
    org TEXT NOT NULL REFERENCES organizations, sub TEXT NOT NULL REFERENCES users, role TEXT NOT NULL,
    PRIMARY KEY (org, sub)
  ) STRICT;

  CREATE TABLE signing_keys (kid TEXT PRIMARY KEY, org TEXT NOT NULL REFERENCES organizations, jwk TEXT NOT NULL) STRICT;
  CREATE TABLE settings (
    org TEXT PRIMARY KEY REFERENCES organizations, revision INTEGER NOT NULL,
    enabled INTEGER NOT NULL, mode TEXT NOT NULL, contact TEXT, registries BLOB NOT NULL
  ) STRICT;
  CREATE TABLE policies (
    org TEXT PRIMARY KEY REFERENCES organizations, iss TEXT NOT NULL, kid TEXT NOT NULL, revision INTEGER NOT NULL,
    iat INTEGER NOT NULL, exp INTEGER NOT NULL, jws BLOB NOT NULL
  ) STRICT;
  CREATE TABLE activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT, org TEXT NOT NULL REFERENCES organizations, at INTEGER NOT NULL,
    actor TEXT NOT NULL, action TEXT NOT NULL, changes TEXT NOT NULL, revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX activity_by_org ON activity (org, id);

  CREATE TABLE oidc (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, user_code TEXT, uid TEXT,
    expires_at INTEGER, PRIMARY KEY (model, id)
  ) STRICT;
  CREATE INDEX oidc_by_grant ON oidc (grant_id);
  CREATE INDEX oidc_by_user_code ON oidc (user_code);
  CREATE INDEX oidc_by_uid ON oidc (uid);
  CREATE INDEX oidc_by_expiry ON oidc (expires_at);
  `,
  `
  ALTER TABLE signing_keys ADD COLUMN state TEXT NOT NULL DEFAULT 'signing';
  ALTER TABLE signing_keys ADD COLUMN until INTEGER;
  CREATE UNIQUE INDEX one_signing_key ON signing_keys (org, state) WHERE state <> 'retiring';
  `,
  `
  ALTER TABLE settings ADD COLUMN additions TEXT NOT NULL DEFAULT '[]';
  CREATE TABLE revision_lists (
    org TEXT NOT NULL REFERENCES organizations, digest TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (org, digest)
  ) STRICT;
  CREATE TABLE revisions (
    org TEXT NOT NULL REFERENCES organizations, revision INTEGER NOT NULL, at INTEGER, actor TEXT, restored INTEGER,
    enabled INTEGER NOT NULL, mode TEXT NOT NULL, contact TEXT, registries INTEGER NOT NULL, list TEXT, activity INTEGER,
    PRIMARY KEY (org, revision)
  ) STRICT;
  ALTER TABLE activity ADD COLUMN diff TEXT;
  `,
  `
  ALTER TABLE users ADD COLUMN last_sign_in INTEGER;
  CREATE INDEX memberships_by_sub ON memberships (sub);
  CREATE TABLE teams (org TEXT NOT NULL REFERENCES organizations, name TEXT NOT NULL, PRIMARY KEY (org, name)) STRICT;
  CREATE TABLE team_members (
    org TEXT NOT NULL, sub TEXT NOT NULL, team TEXT NOT NULL, PRIMARY KEY (org, sub, team),
    FOREIGN KEY (org, sub) REFERENCES memberships (org, sub) ON DELETE CASCADE,
    FOREIGN KEY (org, team) REFERENCES teams (org, name) ON DELETE CASCADE ON UPDATE CASCADE
  ) STRICT;
  CREATE INDEX team_members_by_team ON team_members (org, team);
  CREATE TABLE password_links (
    sub TEXT PRIMARY KEY REFERENCES users ON DELETE CASCADE, id TEXT NOT NULL UNIQUE, secret TEXT NOT NULL,
    org TEXT NOT NULL REFERENCES organizations, purpose TEXT NOT NULL, expires_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE seeded (username TEXT PRIMARY KEY, password TEXT NOT NULL) STRICT;
  INSERT INTO seeded (username, password) SELECT username, password FROM users;
  CREATE INDEX oidc_by_account ON oidc (payload ->> '$.accountId');
  `,
  `
  CREATE TABLE pipeline_tokens (
    id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, org TEXT NOT NULL REFERENCES organizations, name TEXT NOT NULL,
    rights TEXT NOT NULL, created_sub TEXT NOT NULL, created_by TEXT NOT NULL, created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, last_used INTEGER
  ) STRICT;
  CREATE INDEX pipeline_tokens_by_org ON pipeline_tokens (org);
  `,
  `
  ALTER TABLE settings ADD COLUMN enforce_from INTEGER;
  ALTER TABLE revisions ADD COLUMN enforce_from INTEGER;
  `,
  `
  CREATE TABLE request_decisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, org TEXT NOT NULL REFERENCES organizations, host TEXT NOT NULL,
    at INTEGER NOT NULL, actor TEXT NOT NULL, detail TEXT NOT NULL, revision INTEGER
  ) STRICT;
  CREATE INDEX request_decisions_by_org ON request_decisions (org, id);
  CREATE TABLE requests (
    id TEXT PRIMARY KEY, org TEXT NOT NULL REFERENCES organizations, sub TEXT NOT NULL, host TEXT NOT NULL,
    subject TEXT, reason TEXT, at INTEGER NOT NULL, state TEXT NOT NULL, decided_at INTEGER,
    decision INTEGER REFERENCES request_decisions
  ) STRICT;
  CREATE UNIQUE INDEX one_open_request ON requests (org, host, sub) WHERE state = 'open';
  CREATE INDEX requests_by_person ON requests (org, sub, at);
  CREATE INDEX requests_by_decision ON requests (decision);
  CREATE TABLE webhooks (
    id TEXT PRIMARY KEY, org TEXT NOT NULL REFERENCES organizations, name TEXT NOT NULL, url TEXT NOT NULL,
    events TEXT NOT NULL, enabled INTEGER NOT NULL, secret TEXT NOT NULL, previous TEXT, previous_until INTEGER,
    created_by TEXT NOT NULL, created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX webhooks_by_org ON webhooks (org);
  CREATE TABLE webhook_deliveries (
    id TEXT PRIMARY KEY, hook TEXT NOT NULL REFERENCES webhooks ON DELETE CASCADE, event TEXT NOT NULL, body TEXT,
    at INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, last_try INTEGER, next_try INTEGER,
    status INTEGER, problem TEXT
  ) STRICT;
  CREATE INDEX webhook_deliveries_by_hook ON webhook_deliveries (hook, at);
  CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (next_try) WHERE state = 'waiting';
  `,
  `
  CREATE TABLE machines (
    number INTEGER PRIMARY KEY, org TEXT NOT NULL REFERENCES organizations, id TEXT NOT NULL,
    standing INTEGER NOT NULL, last_at INTEGER NOT NULL, revision INTEGER, denied_since INTEGER,
    first_at INTEGER, probed_at INTEGER, not_enforcing_since INTEGER, transient INTEGER NOT NULL DEFAULT 0, alerted TEXT,
    machine TEXT, iat INTEGER, generation INTEGER, version TEXT, sub TEXT, system TEXT, agent_version TEXT,
    claims TEXT, caveats TEXT, hosts_at INTEGER,
    enrolled_at INTEGER, enrolled_by TEXT, enrolled_how TEXT, cloned_at INTEGER, code_void INTEGER NOT NULL DEFAULT 0,
    UNIQUE (org, id)
  ) STRICT;
  CREATE INDEX machines_by_state ON machines (org, standing, last_at, id, revision, denied_since);
  CREATE INDEX machines_by_last ON machines (org, last_at, id);
  CREATE INDEX machines_by_sub ON machines (sub);
  CREATE TABLE machine_people (
    machine INTEGER NOT NULL REFERENCES machines ON DELETE CASCADE, sub TEXT NOT NULL, last_at INTEGER NOT NULL,
    PRIMARY KEY (machine, sub)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE machine_usage (
    org TEXT NOT NULL, host TEXT NOT NULL, machine INTEGER NOT NULL REFERENCES machines ON DELETE CASCADE, sub TEXT NOT NULL,
    allowed_at INTEGER NOT NULL, blocked_at INTEGER NOT NULL, PRIMARY KEY (org, host, machine, sub)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX machine_usage_by_machine ON machine_usage (machine);
  CREATE TABLE machine_codes (
    org TEXT NOT NULL REFERENCES organizations, id TEXT NOT NULL, key TEXT NOT NULL, created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_by TEXT, PRIMARY KEY (org, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE used_nonces (nonce TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX used_nonces_by_expiry ON used_nonces (expires_at);
  `,
  `
  ALTER TABLE settings ADD COLUMN extras TEXT NOT NULL DEFAULT '{}';
  ALTER TABLE settings ADD COLUMN claims TEXT;
  ALTER TABLE revisions ADD COLUMN extras TEXT;
  `,
  `
  ALTER TABLE oidc ADD COLUMN account TEXT;
  ALTER TABLE oidc ADD COLUMN consumed INTEGER;
  ALTER TABLE oidc ADD COLUMN arrived INTEGER;
  UPDATE oidc SET
    account = coalesce(payload ->> '$.accountId', payload ->> '$.result.login.accountId', payload ->> '$.session.accountId'),
    consumed = payload ->> '$.consumed', arrived = payload ->> '$.arrived',
    payload = json_remove(payload, '$.consumed', '$.arrived');
  DROP INDEX oidc_by_account;
  CREATE INDEX oidc_by_account ON oidc (account);
  `,
  `
  CREATE TABLE numbered_deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    hook TEXT NOT NULL REFERENCES webhooks ON DELETE CASCADE, event TEXT NOT NULL, body TEXT,
    at INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL, last_try INTEGER, next_try INTEGER,
    status INTEGER, problem TEXT
  ) STRICT;
  INSERT INTO numbered_deliveries (id, hook, event, body, at, state, tries, last_try, next_try, status, problem)
    SELECT id, hook, event, body, at, state, tries, last_try, next_try, status, problem FROM webhook_deliveries ORDER BY rowid;
  DROP TABLE webhook_deliveries;
  ALTER TABLE numbered_deliveries RENAME TO webhook_deliveries;
  CREATE INDEX webhook_deliveries_by_hook ON webhook_deliveries (hook, at);
  CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (next_try) WHERE state = 'waiting';
  ALTER TABLE webhooks ADD COLUMN claimed_until INTEGER;
  `,
  `
  CREATE TABLE external_identities (
    issuer TEXT NOT NULL, external_sub TEXT NOT NULL, sub TEXT NOT NULL UNIQUE REFERENCES users ON DELETE CASCADE,
    refresh_token TEXT, checked_at INTEGER NOT NULL, claimed_until INTEGER NOT NULL, PRIMARY KEY (issuer, external_sub)
  ) STRICT;
  CREATE INDEX external_identities_by_check ON external_identities (checked_at) WHERE refresh_token IS NOT NULL;
  `,
  `
  ALTER TABLE activity ADD COLUMN details TEXT;
  `,
];
