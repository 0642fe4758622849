import { createJoined } from '../../platform/process/joined.ts';
import type { Database } from '../store/database.ts';
import { entityTag, isCurrent, type PolicyDocument, signPolicy } from './document.ts';
import type { RegistryAccessStore } from './registry-access-store.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface ServedPolicy {
  document: PolicyDocument;
  etag: string;
}

/** The signed policies that are served: one copy of each in memory for all downloads, because it may have a hundred megabytes. */
export interface ServedPolicies {
  /** The newest, signed again if it is due. In no transaction. */
  find: (org: string) => Promise<ServedPolicy>;
  /** Once it is saved. */
  saved: (org: string, document: PolicyDocument) => void;
  forget: (org: string) => void;
}

/** @param renewed called in the transaction that saves a renewal */
export function createServedPolicies(deps: {
  database: Database;
  store: RegistryAccessStore;
  keys: SigningKeys;
  issuer: string;
  /** Seconds since 1970. */
  seconds: () => number;
  renewed: (org: string, document: PolicyDocument) => Promise<void>;
}): ServedPolicies {
  const { database, store, keys, issuer: iss, seconds } = deps;
  const served = new Map<string, ServedPolicy>();
  const load = createJoined(loadPolicy);
  const newest = createJoined(store.newestPolicy);
  let keyChanges = 0;
  keys.onChange(() => {
    keyChanges += 1;
    served.clear();
  });

  return {
    find: async (org) => {
      const inMemory = served.get(org);
      if (inMemory === undefined) return load(org);
      const { document } = inMemory;
      const isLasting = isCurrent(document, { iss, kid: document.kid, now: seconds() });
      if (!isLasting) return load(org);
      return database.engine === 'sqlite' || (await isNewest(org, document)) ? inMemory : load(org);
    },
    saved: (org, document) => void serve(org, document),
    forget: (org) => void served.delete(org),
  };

  /** On PostgreSQL another hub may have saved since, or replaced the key. */
  async function isNewest(org: string, { revision, iat, kid }: PolicyDocument): Promise<boolean> {
    const stored = await newest(org);
    return stored?.revision === revision && stored.iat === iat && stored.kid === kid && stored.signing === kid;
  }

  async function loadPolicy(org: string): Promise<ServedPolicy> {
    const changesBefore = keyChanges;
    const document = await database.transaction(async () => {
      const key = await keys.signingKey(org);
      const stored = await store.policy(org);
      if (stored !== undefined && isCurrent(stored, { iss, kid: key.kid, now: seconds() })) return stored;
      const signed = signPolicy(await store.settings(org), { iss, org, iat: seconds(), key });
      await store.savePolicy(org, signed);
      if (stored !== undefined) await deps.renewed(org, signed);
      return signed;
    });
    // What was signed before a change of the keys is not kept after it.
    return keyChanges === changesBefore ? serve(org, document) : { document, etag: entityTag(document.jws) };
  }

  /** @returns what is served from now on: what was saved meanwhile, if that is newer */
  function serve(org: string, document: PolicyDocument): ServedPolicy {
    const before = served.get(org);
    if (before !== undefined && before.document.revision > document.revision) return before;
    const policy = { document, etag: entityTag(document.jws) };
    served.set(org, policy);
    return policy;
  }
}
