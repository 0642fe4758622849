import type { DatabaseSync } from 'node:sqlite';
import { nextAdditions } from '../../../shared/lists/additions.ts';
import type { Switches } from '../../../shared/lists/weakens.ts';
import { MEMBERSHIP_TYP, type PolicyMode } from '../../../shared/policy/schema.ts';
import type { SettingsChange } from '../../../shared/schemas/hub/changes.ts';
import type { RevisionsPage } from '../../../shared/schemas/hub/registry-access.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import { createSerialQueue } from '../../platform/process/serial-queue.ts';
import type { Activity, ActivityAction } from '../store/activity.ts';
import { transaction } from '../store/database.ts';
import { signCompact } from './compact-jws.ts';
import {
  CLOCK_SKEW_SECONDS,
  claimsOf,
  entityTag,
  isCurrent,
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
import { createRevisionStore, type KeptRevision, type MissingRevision } from './revision-store.ts';
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
  /** Called before anything is saved; throws where this caller may not do that. */
  permit?: (before: Switches, after: Switches) => void;
}

/** What a revision comes from, other than an owner who saves. */
interface Cause {
  restored?: number | null;
  action?: ActivityAction;
  also?: (revision: number, isNew: boolean) => void;
}

export interface ServedPolicy {
  document: PolicyDocument;
  etag: string;
}

/** Each organization's settings, signed policy, membership proofs and activity. */
export interface RegistryAccess {
  create: (org: string, settings: RegistryAccessSettings, actor: string) => void;
  /** After an upgrade: makes visible lines of what a list of an earlier version allowed without showing it. */
  keepAllowed: (org: string) => void;
  settings: (org: string) => StoredSettings;
  revision: (org: string) => number;
  /** Whether and how the list is enforced. */
  switches: (org: string) => { enabled: boolean; mode: PolicyMode };
  /** The newest revision that was there at that moment, in milliseconds since 1970; 0 where none was. */
  newestAt: (org: string, at: number) => number;
  /** At each start: keeps the current settings among the revisions where an earlier version did not. */
  keepPresent: (org: string) => void;
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
    also: (revision: number, isNew: boolean) => void,
  ) => Promise<PutOutcome>;
  /** Saves the settings of an earlier revision as the next one. */
  restore: (org: string, revision: number, saving: Saving) => Promise<PutOutcome | MissingRevision>;
  /** When the list begins to be enforced, in milliseconds since 1970; null where no date is set. */
  enforceFrom: (org: string) => number | null;
  /** Enforces from now on, if the date has come. */
  enforceDue: (org: string) => Promise<void>;
  /** @param used what machines reported */
  preview: (org: string, body: Uint8Array, used?: readonly UsedHost[] | null) => Promise<Preview>;
  /** Newest first. @param before the `next` of another page */
  revisions: (org: string, before: number | null, limit: number) => RevisionsPage;
  findRevision: (org: string, revision: number) => Promise<KeptRevision>;
  /** The current policy. It is signed again after half of its life; until then its bytes and entity tag stay the same. */
  policy: (org: string) => ServedPolicy;
  /** @param jkt the thumbprint of the gateway that the proof is for; only then it names the person's teams */
  membership: (org: string, sub: string, jkt?: string) => Buffer;
  /** Publishes the next key, which does not sign yet. @returns false where one is announced already */
  announceKey: (org: string, actor: string) => boolean;
  /** Signs with the announced key from now on. @returns false where this key is not announced */
  useKey: (org: string, kid: string, actor: string) => boolean;
  /** @returns how to stop listening */
  onRevision: (org: string, listener: (revision: number) => void) => () => void;
}

export function createRegistryAccess(deps: {
  database: DatabaseSync;
  keys: SigningKeys;
  activity: Activity;
  issuer: string;
  /** Milliseconds since 1970. */
  now: () => number;
}): RegistryAccess {
  const { database, keys, activity, issuer: iss, now } = deps;
  const store = createRegistryAccessStore(database);
  const revisions = createRevisionStore(database);
  const seconds = (): number => Math.floor(now() / 1000);

  // One copy of each document in memory for all downloads: it may have a hundred megabytes.
  const served = new Map<string, ServedPolicy>();
  const listeners = new Map<string, Set<(revision: number) => void>>();
  // One at a time: two owners who save at the same moment must not both make revision 8.
  const inTurn = createSerialQueue();

  return {
    create: (org, { registries, ...rest }, actor) => {
      const list = Buffer.from(JSON.stringify(registries));
      const additions = nextAdditions({ registries: [], additions: [] }, registries, addedBy(actor));
      store.saveSettings(org, { ...rest, claims: claimsOf(rest), revision: 1, registries: list, additions });
      const count = registries.length === 1 ? '1 registry' : `${registries.length} registries`;
      const changes = [`created ${org} with ${count}`];
      activity.record(org, { at: now(), actor, action: 'organization.created', changes, revision: 1 });
      keepPresent(org);
    },
    keepAllowed: keepAllowedLines,
    keepPresent,
    settings: store.settings,
    revision: store.revision,
    switches: store.switches,
    newestAt: revisions.newestAt,
    put: (org, body, saving) => inTurn(() => put(org, body, saving)),
    edit: (org, build, saving, also) => inTurn(() => put(org, build(store.settings(org)), saving, { also })),
    restore: (org, revision, saving) =>
      inTurn(async () => {
        const found = await revisions.find(org, revision);
        return found.outcome === 'found'
          ? put(org, settingsBody(found.settings, now()), saving, { restored: revision })
          : found;
      }),
    enforceFrom: store.enforceFrom,
    enforceDue: (org) => inTurn(() => enforceDue(org)),
    preview: (org, body, used = null) =>
      previewOffThread({ body, current: store.settings(org), teams: store.teams(org), used, now: now() }),
    revisions: revisions.page,
    findRevision: revisions.find,
    policy,
    membership: (org, sub, jkt) => {
      const iat = seconds();
      // A team is a privilege, and a proof without a key would be good for whoever gets hold of it.
      const bound = jkt === undefined ? {} : { teams: store.teamsOf(org, sub), cnf: { jkt } };
      const claims = { iss, org, sub, iat, exp: iat + MEMBERSHIP_SECONDS, ...bound };
      return signCompact(Buffer.from(JSON.stringify(claims)), MEMBERSHIP_TYP, keys.signingKey(org));
    },
    announceKey: (org, actor) => {
      const kid = keys.announce(org);
      if (kid === null) return false;
      recordKeyChange(org, actor, 'key.announced', `announced key ${kid}`);
      return true;
    },
    useKey: (org, kid, actor) => {
      const { kid: replaced } = keys.signingKey(org);
      // Counted from a clock that may have been ahead when the last document was signed.
      const until = now() + (Math.max(POLICY_SECONDS, MEMBERSHIP_SECONDS) + CLOCK_SKEW_SECONDS) * 1000;
      if (!keys.use(org, kid, until)) return false;
      recordKeyChange(org, actor, 'key.used', `replaced signing key ${replaced} with ${kid}`);
      return true;
    },
    onRevision: (org, listener) => {
      const ofOrg = listeners.get(org) ?? new Set();
      listeners.set(org, ofOrg);
      return subscribe(ofOrg, listener);
    },
  };

  /** @param more the revision that `body` was, or another action for the activity */
  async function put(
    org: string,
    body: Uint8Array,
    { actor, accepts, permit }: Saving,
    { restored = null, action = restored === null ? 'settings.changed' : 'settings.restored', also }: Cause = {},
  ): Promise<PutOutcome> {
    const current = store.settings(org);
    if (!accepts(current.revision)) return { outcome: 'conflict', revision: current.revision };
    const revised = await reviseOffThread({
      body,
      current,
      teams: store.teams(org),
      iss,
      org,
      actor,
      iat: seconds(),
      key: keys.signingKey(org),
    });
    if (revised.outcome === 'invalid') return revised;
    const { notices } = revised;
    if (revised.outcome === 'unchanged') {
      if (also !== undefined) transaction(database, () => also(current.revision, false));
      return { outcome: 'saved', settings: current, changes: [], notices };
    }

    const { settings, policy: signed } = revised;
    permit?.(current, settings);
    const { revision } = settings;
    const list = await revisions.pack(org, settings, revised.registries);
    const changes: SettingsChange[] =
      restored === null ? revised.changes : [{ kind: 'restored', revision: restored }, ...revised.changes];
    const at = now();
    transaction(database, () => {
      store.saveSettings(org, settings);
      store.savePolicy(org, signed);
      const id = activity.record(org, { at, actor, action, diff: changes, revision });
      revisions.save(org, settings, list, { at, actor, restored, activity: id });
      also?.(revision, true);
    });
    serve(org, signed);
    for (const listener of listeners.get(org) ?? []) listener(revision);
    return { outcome: 'saved', settings, changes, notices };
  }

  async function enforceDue(org: string): Promise<void> {
    const due = store.enforceFrom(org);
    if (due === null || due > now()) return;
    const body = settingsBody({ ...store.settings(org), mode: 'enforce' }, now());
    await put(org, body, { actor: 'hub', accepts: () => true }, { action: 'settings.enforced' });
  }

  function addedBy(actor: string): { by: string; at: string } {
    return { by: actor, at: new Date(now()).toISOString() };
  }

  function keepPresent(org: string): void {
    if (revisions.has(org, store.revision(org)) && store.hasClaims(org)) return;
    const settings = store.settings(org);
    if (settings.claims === null) store.saveClaims(org, claimsOf(settings));
    if (revisions.has(org, settings.revision)) return;
    const entry = activity.ofRevision(org, settings.revision);
    const list = revisions.packNow(org, settings, storedRegistries(settings).length);
    const { id = null, at = null, actor = null } = entry ?? {};
    revisions.save(org, settings, list, { at, actor, restored: null, activity: id });
  }

  function keepAllowedLines(org: string): void {
    const current = store.settings(org);
    const list = storedRegistries(current);
    const { added, changes } = keepAllowed(list);
    if (changes.length === 0) return;
    const revision = added.length === 0 ? current.revision : current.revision + 1;
    const registries = [...list, ...added];
    const settings = {
      ...current,
      revision,
      registries: Buffer.from(JSON.stringify(registries)),
      additions: nextAdditions({ registries: list, additions: current.additions }, registries, addedBy('hub')),
    };
    transaction(database, () => {
      if (added.length > 0) {
        store.saveSettings(org, settings);
        store.savePolicy(org, signPolicy(settings, { iss, org, iat: seconds(), key: keys.signingKey(org) }));
      }
      activity.record(org, { at: now(), actor: 'hub', action: 'settings.changed', changes, revision });
    });
    keepPresent(org);
    served.delete(org);
  }

  function policy(org: string): ServedPolicy {
    const key = keys.signingKey(org);
    const expected = { iss, kid: key.kid, now: seconds() };
    const inMemory = served.get(org);
    if (inMemory !== undefined && isCurrent(inMemory.document, expected)) return inMemory;
    const stored = inMemory?.document ?? store.policy(org);
    if (stored !== undefined && isCurrent(stored, expected)) return serve(org, stored);

    const renewed = signPolicy(store.settings(org), { iss, org, iat: seconds(), key });
    transaction(database, () => {
      store.savePolicy(org, renewed);
      if (stored !== undefined) recordRenewal(org, renewed);
    });
    return serve(org, renewed);
  }

  function serve(org: string, document: PolicyDocument): ServedPolicy {
    const policy = { document, etag: entityTag(document.jws) };
    served.set(org, policy);
    return policy;
  }

  function recordRenewal(org: string, { revision, exp }: PolicyDocument): void {
    const changes = [`renewed revision ${revision}, valid until ${new Date(exp * 1000).toISOString()}`];
    activity.record(org, { at: now(), actor: 'hub', action: 'policy.renewed', changes, revision });
  }

  function recordKeyChange(org: string, actor: string, action: 'key.announced' | 'key.used', change: string): void {
    activity.record(org, { at: now(), actor, action, changes: [change], revision: store.revision(org) });
  }
}
