import { EventEmitter } from 'node:events';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { MEMBERSHIP_TYP, PolicyMode } from '../../../shared/policy/schema.ts';
import { ACTIVITIES, type ActivityPage, type RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import { createSerialQueue } from '../../platform/process/serial-queue.ts';
import { transaction } from '../store/database.ts';
import { signCompact } from './compact-jws.ts';
import { entityTag, type KeptSettings, POLICY_SECONDS, type PolicyDocument, signPolicy } from './document.ts';
import type { Fault } from './parse-settings.ts';
import { reviseOffThread } from './revise-off-thread.ts';
import type { SigningKeys } from './signing-keys.ts';

/** 72 h, as long as a policy: who is taken out of an organization loses its registries by then at the latest. */
const MEMBERSHIP_SECONDS = 72 * 3600;
/** Less than what clients bear with, so that a clock that is set back by a little changes nothing. */
const CLOCK_SLACK_SECONDS = 300;

export type PutOutcome =
  | { outcome: 'saved'; settings: KeptSettings }
  | { outcome: 'conflict'; settings: KeptSettings }
  | { outcome: 'invalid'; faults: Fault[] };

/** Settings, signed documents, and the record of who changed what; everything an organization's list is. */
export interface RegistryAccess {
  create: (org: string, settings: RegistryAccessSettings, actor: string) => void;
  settings: (org: string) => KeptSettings;
  revision: (org: string) => number;
  /** @param expects whether the revision that is current at that moment is one that the owner has seen */
  put: (org: string, body: Uint8Array, actor: string, expects: (revision: number) => boolean) => Promise<PutOutcome>;
  /** The document in force, signed anew past half of its life. Its bytes, and so its entity tag, hold until then. */
  policy: (org: string) => { document: PolicyDocument; etag: string };
  membership: (org: string, sub: string) => Buffer;
  /** Publishes the next key, which signs nothing yet. @returns false: there is one already */
  announceKey: (org: string, actor: string) => boolean;
  /** Signs with the announced key from now on. @returns false: no such key is announced */
  useKey: (org: string, kid: string, actor: string) => boolean;
  activity: (org: string, before: number | null, limit: number) => ActivityPage;
  /** @returns the way to stop listening */
  onRevision: (org: string, listener: (revision: number) => void) => () => void;
}

const SettingsRow = z
  .object({
    revision: z.number(),
    enabled: z.number(),
    mode: PolicyMode,
    contact: z.string().nullable(),
    registries: z.instanceof(Uint8Array),
  })
  .transform(({ enabled, contact, ...rest }) => ({
    ...rest,
    enabled: enabled === 1,
    ...(contact === null ? {} : { contact }),
  }));
const PolicyRow = z.object({
  iss: z.string(),
  kid: z.string(),
  revision: z.number(),
  iat: z.number(),
  exp: z.number(),
  jws: z.instanceof(Uint8Array),
});
const ActivityRow = z
  .object({
    id: z.number(),
    at: z.number(),
    actor: z.string(),
    action: z.enum(ACTIVITIES),
    changes: z.string(),
    revision: z.number(),
  })
  .transform(({ at, changes, ...rest }) => ({
    ...rest,
    at: new Date(at).toISOString(),
    changes: z.array(z.string()).parse(JSON.parse(changes)),
  }));

export function createRegistryAccess(deps: {
  database: DatabaseSync;
  keys: SigningKeys;
  issuer: string;
  /** Milliseconds since 1970. */
  now: () => number;
}): RegistryAccess {
  const { database, keys, issuer: iss } = deps;
  const selectSettings = database.prepare('SELECT * FROM settings WHERE org = ?');
  const selectRevision = database.prepare('SELECT revision FROM settings WHERE org = ?');
  const upsertSettings = database.prepare(
    'INSERT OR REPLACE INTO settings (org, revision, enabled, mode, contact, registries) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const selectPolicy = database.prepare('SELECT * FROM policies WHERE org = ?');
  const upsertPolicy = database.prepare(
    'INSERT OR REPLACE INTO policies (org, iss, kid, revision, iat, exp, jws) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertActivity = database.prepare(
    'INSERT INTO activity (org, at, actor, action, changes, revision) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const selectActivity = database.prepare('SELECT * FROM activity WHERE org = ? AND id < ? ORDER BY id DESC LIMIT ?');

  // One copy of each document in memory, shared by all downloads: a hundred clients at once must not mean a hundred
  // times a hundred megabytes.
  const served = new Map<string, { document: PolicyDocument; etag: string }>();
  const revisions = new EventEmitter().setMaxListeners(0);
  // Prefixed, because an emitter gives the name `error` a meaning of its own.
  const topic = (org: string): string => `revision of ${org}`;
  // One revision after another: two owners who save at the same moment must not both make revision 8.
  const inOrder = createSerialQueue();

  const settings = (org: string): KeptSettings => SettingsRow.parse(selectSettings.get(org));
  const saveSettings = (org: string, { revision, enabled, mode, contact, registries }: KeptSettings): void => {
    upsertSettings.run(org, revision, enabled ? 1 : 0, mode, contact ?? null, registries);
  };
  const savePolicy = (org: string, policy: PolicyDocument): void => {
    upsertPolicy.run(org, policy.iss, policy.kid, policy.revision, policy.iat, policy.exp, policy.jws);
  };
  const record = (org: string, actor: string, action: string, changes: string[], revision: number): void => {
    insertActivity.run(org, deps.now(), actor, action, JSON.stringify(changes), revision);
  };
  const load = (org: string): PolicyDocument | undefined => {
    const row = selectPolicy.get(org);
    return row === undefined ? undefined : PolicyRow.parse(row);
  };
  const serve = (org: string, document: PolicyDocument): { document: PolicyDocument; etag: string } => {
    const entry = { document, etag: entityTag(document.jws) };
    served.set(org, entry);
    return entry;
  };
  const seconds = (): number => Math.floor(deps.now() / 1000);
  const stillGood = (document: PolicyDocument, kid: string): boolean =>
    document.iss === iss &&
    document.kid === kid &&
    seconds() < document.iat + POLICY_SECONDS / 2 &&
    // Signed while this machine's clock was ahead: clients whose clocks are right do not take it.
    document.iat <= seconds() + CLOCK_SLACK_SECONDS;

  const policy: RegistryAccess['policy'] = (org) => {
    const key = keys.of(org);
    const entry = served.get(org);
    if (entry !== undefined && stillGood(entry.document, key.kid)) return entry;
    const kept = entry?.document ?? load(org);
    if (kept !== undefined && stillGood(kept, key.kid)) return serve(org, kept);
    const renewed = signPolicy(settings(org), { iss, org, iat: seconds(), key });
    transaction(database, () => {
      savePolicy(org, renewed);
      if (kept !== undefined) {
        const until = new Date(renewed.exp * 1000).toISOString();
        record(
          org,
          'hub',
          'policy.renewed',
          [`signed revision ${renewed.revision} anew, good until ${until}`],
          renewed.revision,
        );
      }
    });
    return serve(org, renewed);
  };

  const put: RegistryAccess['put'] = async (org, body, actor, expects) => {
    const current = settings(org);
    if (!expects(current.revision)) return { outcome: 'conflict', settings: current };
    const revision = await reviseOffThread({
      body,
      current,
      iss,
      org,
      iat: seconds(),
      key: keys.of(org),
    });
    if (revision.outcome === 'invalid') return revision;
    if (revision.outcome === 'unchanged') return { outcome: 'saved', settings: current };
    transaction(database, () => {
      saveSettings(org, revision.settings);
      savePolicy(org, revision.policy);
      record(org, actor, 'settings.changed', revision.changes, revision.settings.revision);
    });
    serve(org, revision.policy);
    revisions.emit(topic(org), revision.settings.revision);
    return { outcome: 'saved', settings: revision.settings };
  };

  return {
    create: (org, { registries, ...rest }, actor) => {
      const first = { ...rest, revision: 1, registries: Buffer.from(JSON.stringify(registries)) };
      saveSettings(org, first);
      record(
        org,
        actor,
        'organization.created',
        [`created ${org} with ${registries.length === 1 ? '1 registry' : `${registries.length} registries`}`],
        1,
      );
    },
    settings,
    revision: (org) => z.number().parse(selectRevision.get(org)?.revision),
    put: (...request) => inOrder(() => put(...request)),
    policy,
    membership: (org, sub) => {
      const iat = seconds();
      const claims = { iss, org, sub, iat, exp: iat + MEMBERSHIP_SECONDS };
      return signCompact(Buffer.from(JSON.stringify(claims)), MEMBERSHIP_TYP, keys.of(org));
    },
    announceKey: (org, actor) => {
      const announced = keys.announce(org);
      const successor = keys.states(org).keys.find(({ state }) => state === 'announced');
      if (announced) record(org, actor, 'key.announced', [`announced key ${successor?.kid}`], settings(org).revision);
      return announced;
    },
    useKey: (org, kid, actor) => {
      const before = keys.of(org).kid;
      // What was signed a moment ago, by a clock that was ahead, is good for the longest.
      const until = deps.now() + (Math.max(POLICY_SECONDS, MEMBERSHIP_SECONDS) + CLOCK_SLACK_SECONDS) * 1000;
      if (!keys.use(org, kid, until)) return false;
      record(org, actor, 'key.used', [`signs with key ${kid} in place of ${before}`], settings(org).revision);
      return true;
    },
    activity: (org, before, limit) => {
      const rows = selectActivity.all(org, before ?? Number.MAX_SAFE_INTEGER, limit + 1);
      const items = rows.slice(0, limit).map((row) => ActivityRow.parse(row));
      return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null };
    },
    onRevision: (org, listener) => {
      revisions.on(topic(org), listener);
      return () => revisions.off(topic(org), listener);
    },
  };
}
