import { detail } from '../../../shared/activity/details.ts';
import { nextAdditions } from '../../../shared/lists/additions.ts';
import type { Switches } from '../../../shared/lists/weakens.ts';
import { claimsOf } from '../../../shared/policy/policy-claims.ts';
import { MEMBERSHIP_TYP, type PolicyMode } from '../../../shared/policy/schema.ts';
import type { ActivityDetail } from '../../../shared/schemas/hub/activity.ts';
import type { SettingsChange } from '../../../shared/schemas/hub/changes.ts';
import type { RevisionsPage } from '../../../shared/schemas/hub/registry-access.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import { createSerialQueue } from '../../platform/process/serial-queue.ts';
import type { Activity, ActivityAction } from '../store/activity.ts';
import { type Changes, createOwnChanges } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import { signCompact } from './compact-jws.ts';
import {
  CLOCK_SKEW_SECONDS,
  POLICY_SECONDS,
  type PolicyDocument,
  type StoredSettings,
  settingsBody,
  signPolicy,
  storedRegistries,
} from './document.ts';
import type { Fault } from './fault.ts';
import { keepAllowed } from './keep-allowed.ts';
import type { UsedHost } from './newly-decided.ts';
import type { Preview } from './preview.ts';
import { createRegistryAccessStore } from './registry-access-store.ts';
import { previewOffThread, reviseOffThread } from './revise-off-thread.ts';
import { createRevisionNews } from './revision-news.ts';
import { createRevisionStore, type KeptRevision, type MissingRevision } from './revision-store.ts';
import { createServedPolicies, type ServedPolicy } from './served-policies.ts';
import type { SigningKeys } from './signing-keys.ts';

/** 72 h, as long as a policy: whoever is removed from an organization loses its registries by then. */
const MEMBERSHIP_SECONDS = 72 * 3600;

export type PutOutcome =
  | { outcome: 'saved'; settings: StoredSettings; changes: SettingsChange[]; notices: Fault[] }
  | { outcome: 'conflict'; revision: number }
  | { outcome: 'invalid'; faults: Fault[] };

/** On whose behalf settings are saved. */
export interface Saving {
  /** User name. */
  actor: string;
  /** Whether the revision that is current by then is the one the owner has seen. */
  accepts: (revision: number) => boolean;
  /** Called in the transaction that saves; throws where this caller may not do that. */
  permit?: (before: Switches, after: Switches) => Promise<void>;
}

/** What a revision comes from, other than an owner who saves. */
interface Cause {
  restored?: number | null;
  action?: ActivityAction;
  also?: (revision: number, isNew: boolean) => Promise<void>;
}

/** Each organization's settings, signed policy, membership proofs and activity. */
export interface RegistryAccess {
  create: (org: string, settings: RegistryAccessSettings, actor: string) => Promise<void>;
  /** After an upgrade: makes visible lines of what a list of an earlier version allowed without showing it. */
  keepAllowed: (org: string) => Promise<void>;
  settings: (org: string) => Promise<StoredSettings>;
  revision: (org: string) => Promise<number>;
  /** Whether and how the list is enforced. */
  switches: (org: string) => Promise<{ enabled: boolean; mode: PolicyMode }>;
  /** The newest revision that was there at that moment, in milliseconds since 1970; 0 where none was. */
  newestAt: (org: string, at: number) => Promise<number>;
  /** At each start: keeps the current settings among the revisions where an earlier version did not. */
  keepPresent: (org: string) => Promise<void>;
  /** Saves the settings in `body` as the next revision and signs it. */
  put: (org: string, body: Uint8Array, saving: Saving) => Promise<PutOutcome>;
  /**
   * Saves what `build` makes of the settings that are current by then.
   *
   * @param also what is saved with it in one transaction, given the revision by then and whether this made it; may throw, and then
   * nothing is saved
   */
  edit: (
    org: string,
    build: (current: StoredSettings) => Uint8Array,
    saving: Saving,
    also: (revision: number, isNew: boolean) => Promise<void>,
  ) => Promise<PutOutcome>;
  /** Saves the settings of an earlier revision as the next one. */
  restore: (org: string, revision: number, saving: Saving) => Promise<PutOutcome | MissingRevision>;
  /** When the list begins to be enforced, in milliseconds since 1970; null where no date is set. */
  enforceFrom: (org: string) => Promise<number | null>;
  /** Enforces from now on, if the date has come. */
  enforceDue: (org: string) => Promise<void>;
  /** @param used what machines reported */
  preview: (org: string, body: Uint8Array, used?: readonly UsedHost[] | null) => Promise<Preview>;
  /** Newest first. @param before the `next` of another page */
  revisions: (org: string, before: number | null, limit: number) => Promise<RevisionsPage>;
  findRevision: (org: string, revision: number) => Promise<KeptRevision>;
  /** The current policy, in no transaction. It is signed again after half of its life; until then its bytes and entity tag stay the same. */
  policy: (org: string) => Promise<ServedPolicy>;
  /** @param jkt the thumbprint of the gateway that the proof is for; only then it names the person's teams */
  membership: (org: string, sub: string, jkt?: string) => Promise<Buffer>;
  /** Publishes the next key, which does not sign yet. @returns false where one is announced already */
  announceKey: (org: string, actor: string) => Promise<boolean>;
  /** Signs with the announced key from now on. @returns false where this key is not announced */
  useKey: (org: string, kid: string, actor: string) => Promise<boolean>;
  /** Called in the transaction that saves a revision, which is undone if it throws. @returns how to stop listening */
  onSave: (org: string, listener: (revision: number) => Promise<void>) => () => void;
  /** Called once for each revision that is saved, here or by another hub, in their order. @returns how to stop listening */
  onRevision: (org: string, listener: (revision: number) => void) => () => void;
}

export function createRegistryAccess(deps: {
  database: Database;
  changes?: Changes;
  keys: SigningKeys;
  activity: Activity;
  issuer: string;
  /** Milliseconds since 1970. */
  now: () => number;
}): RegistryAccess {
  const { database, changes: hubs = createOwnChanges(deps.database), keys, activity, issuer: iss, now } = deps;
  const store = createRegistryAccessStore(database);
  const revisions = createRevisionStore(database);
  const seconds = (): number => Math.floor(now() / 1000);

  const policies = createServedPolicies({ database, store, keys, issuer: iss, seconds, renewed: recordRenewal });
  const savers = new Map<string, Set<(revision: number) => Promise<void>>>();
  const news = createRevisionNews();
  // What other hubs have saved.
  hubs.onLook(async () => {
    for (const { org, revision } of await store.allRevisions()) news.tell(org, revision);
  });
  // One large list at a time. That two owners do not both make revision 8 is the transaction's matter.
  const inTurn = createSerialQueue();

  return {
    create: async (org, { registries, ...rest }, actor) => {
      const list = Buffer.from(JSON.stringify(registries));
      const additions = nextAdditions({ registries: [], additions: [] }, registries, addedBy(actor));
      await store.saveSettings(org, { ...rest, claims: claimsOf(rest), revision: 1, registries: list, additions });
      const details = [detail('organization-created', { organization: org, registries: registries.length })];
      await activity.record(org, { at: now(), actor, action: 'organization.created', details, revision: 1 });
      await keepPresent(org);
    },
    keepAllowed: (org) => database.transaction(() => keepAllowedLines(org)),
    keepPresent: (org) => database.transaction(() => keepPresent(org)),
    settings: store.settings,
    revision: store.revision,
    switches: store.switches,
    newestAt: revisions.newestAt,
    put: (org, body, saving) => inTurn(() => put(org, () => body, saving)),
    edit: (org, build, saving, also) => inTurn(() => put(org, build, saving, { also })),
    restore: (org, revision, saving) =>
      inTurn(async () => {
        const found = await revisions.find(org, revision);
        return found.outcome === 'found'
          ? put(org, () => settingsBody(found.settings, now()), saving, { restored: revision })
          : found;
      }),
    enforceFrom: store.enforceFrom,
    enforceDue: (org) => inTurn(() => enforceDue(org)),
    preview: async (org, body, used = null) => {
      const [current, teams] = [await store.settings(org), await store.teams(org)];
      return previewOffThread({ body, current, teams, used, now: now() });
    },
    revisions: revisions.page,
    findRevision: revisions.find,
    policy: policies.find,
    membership: async (org, sub, jkt) => {
      const iat = seconds();
      // Both at once: on PostgreSQL they leave and come together.
      const [key, teams] = await Promise.all([keys.signingKey(org), jkt === undefined ? [] : store.teamsOf(org, sub)]);
      // A team is a privilege, and a proof without a key would be good for whoever gets hold of it.
      const bound = jkt === undefined ? {} : { teams, cnf: { jkt } };
      const claims = { iss, org, sub, iat, exp: iat + MEMBERSHIP_SECONDS, ...bound };
      return signCompact(Buffer.from(JSON.stringify(claims)), MEMBERSHIP_TYP, key);
    },
    announceKey: (org, actor) =>
      database.transaction(async () => {
        const kid = await keys.announce(org);
        if (kid === null) return false;
        await recordKeyChange(org, actor, 'key.announced', detail('key-announced', { key: kid }));
        return true;
      }),
    useKey: (org, kid, actor) =>
      database.transaction(async () => {
        const { kid: replaced } = await keys.signingKey(org);
        // Counted from a clock that may have been ahead when the last document was signed.
        const until = now() + (Math.max(POLICY_SECONDS, MEMBERSHIP_SECONDS) + CLOCK_SKEW_SECONDS) * 1000;
        if (!(await keys.use(org, kid, until))) return false;
        await recordKeyChange(org, actor, 'key.used', detail('key-replaced', { before: replaced, after: kid }));
        return true;
      }),
    onSave: (org, listener) => {
      const ofOrg = savers.get(org) ?? new Set();
      savers.set(org, ofOrg);
      return subscribe(ofOrg, listener);
    },
    onRevision: news.listen,
  };

  /**
   * @param build what is sent, made of the settings that are current by then; null where there is nothing to save any more
   * @param cause the revision that it was, or another action for the activity
   */
  async function put(
    org: string,
    build: (current: StoredSettings) => Uint8Array | null,
    saving: Saving,
    cause: Cause = {},
  ): Promise<PutOutcome> {
    for (;;) {
      const outcome = await tryPut(org, build, saving, cause);
      if (outcome !== 'overtaken') return outcome;
    }
  }

  /**
   * What takes long is done before the transaction, of what is there by then.
   * @returns `overtaken` where that has changed meanwhile
   */
  async function tryPut(
    org: string,
    build: (current: StoredSettings) => Uint8Array | null,
    { actor, accepts, permit }: Saving,
    { restored = null, action = restored === null ? 'settings.changed' : 'settings.restored', also }: Cause,
  ): Promise<PutOutcome | 'overtaken'> {
    const current = await store.settings(org);
    if (!accepts(current.revision)) return { outcome: 'conflict', revision: current.revision };
    const body = build(current);
    if (body === null) return { outcome: 'saved', settings: current, changes: [], notices: [] };
    const teams = await store.teams(org);
    const key = await keys.signingKey(org);
    const revised = await reviseOffThread({ body, current, teams, iss, org, actor, iat: seconds(), key });
    if (revised.outcome === 'invalid') return revised;
    const { notices } = revised;
    if (revised.outcome === 'unchanged') {
      if (also === undefined) return { outcome: 'saved', settings: current, changes: [], notices };
      return database.transaction(async () => {
        if ((await store.revision(org)) !== current.revision) return 'overtaken';
        await also(current.revision, false);
        return { outcome: 'saved', settings: current, changes: [], notices };
      });
    }

    const { settings, policy: signed } = revised;
    const { revision } = settings;
    const list = await revisions.pack(org, settings, revised.registries);
    const changes: SettingsChange[] =
      restored === null ? revised.changes : [{ kind: 'restored', revision: restored }, ...revised.changes];
    const at = now();
    return database.transaction(async () => {
      if ((await store.revision(org)) !== current.revision) return 'overtaken';
      if ((await store.teams(org)).join('\n') !== teams.join('\n')) return 'overtaken';
      if ((await keys.signingKey(org)).kid !== key.kid) return 'overtaken';
      await permit?.(current, settings);
      await store.saveSettings(org, settings);
      await store.savePolicy(org, signed);
      const id = await activity.record(org, { at, actor, action, diff: changes, revision });
      await revisions.save(org, settings, list, { at, actor, restored, activity: id });
      await also?.(revision, true);
      for (const listener of savers.get(org) ?? []) await listener(revision);
      await hubs.tell({ kind: 'revision', org });
      database.afterCommit(() => {
        policies.saved(org, signed);
        news.tell(org, revision);
      });
      return { outcome: 'saved', settings, changes, notices };
    });
  }

  async function enforceDue(org: string): Promise<void> {
    const build = (current: StoredSettings): Uint8Array | null => {
      const isDue = current.enforceFrom !== undefined && Date.parse(current.enforceFrom) <= now();
      return isDue ? settingsBody({ ...current, mode: 'enforce' }, now()) : null;
    };
    await put(org, build, { actor: 'hub', accepts: () => true }, { action: 'settings.enforced' });
  }

  function addedBy(actor: string): { by: string; at: string } {
    return { by: actor, at: new Date(now()).toISOString() };
  }

  /** In a transaction. */
  async function keepPresent(org: string): Promise<void> {
    if ((await revisions.has(org, await store.revision(org))) && (await store.hasClaims(org))) return;
    const settings = await store.settings(org);
    if (settings.claims === null) await store.saveClaims(org, claimsOf(settings));
    if (await revisions.has(org, settings.revision)) return;
    const entry = await activity.ofRevision(org, settings.revision);
    const list = await revisions.packNow(org, settings, storedRegistries(settings).length);
    const { id = null, at = null, actor = null } = entry ?? {};
    await revisions.save(org, settings, list, { at, actor, restored: null, activity: id });
  }

  /** In a transaction. */
  async function keepAllowedLines(org: string): Promise<void> {
    const current = await store.settings(org);
    const list = storedRegistries(current);
    const { added, details } = keepAllowed(list);
    if (details.length === 0) return;
    const revision = added.length === 0 ? current.revision : current.revision + 1;
    const registries = [...list, ...added];
    const settings = {
      ...current,
      revision,
      registries: Buffer.from(JSON.stringify(registries)),
      additions: nextAdditions({ registries: list, additions: current.additions }, registries, addedBy('hub')),
    };
    if (added.length > 0) {
      await store.saveSettings(org, settings);
      const key = await keys.signingKey(org);
      await store.savePolicy(org, signPolicy(settings, { iss, org, iat: seconds(), key }));
    }
    await activity.record(org, { at: now(), actor: 'hub', action: 'settings.changed', details, revision });
    await keepPresent(org);
    database.afterCommit(() => policies.forget(org));
  }

  async function recordRenewal(org: string, { revision, exp }: PolicyDocument): Promise<void> {
    const details = [detail('policy-renewed', { revision, until: new Date(exp * 1000).toISOString() })];
    await activity.record(org, { at: now(), actor: 'hub', action: 'policy.renewed', details, revision });
  }

  async function recordKeyChange(
    org: string,
    actor: string,
    action: 'key.announced' | 'key.used',
    change: ActivityDetail,
  ): Promise<void> {
    const revision = await store.revision(org);
    await activity.record(org, { at: now(), actor, action, details: [change], revision });
  }
}
