import { type IdTokenTerms, idTokenTermsOf } from '../../../shared/policy/id-token.ts';
import { keysFor } from '../../../shared/policy/keys.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { SessionState } from '../../../shared/state/inputs.ts';
import { belongs } from '../../../shared/state/session.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { createFileSource } from './file-source.ts';
import type { FirstUseKeys } from './first-use-keys.ts';
import { createHubSource } from './hub-source.ts';
import type { PolicySource } from './policy-source.ts';
import type { SyncTarget } from './policy-sync.ts';

export interface SyncTargetDeps {
  managed: ManagedConfig;
  session: SessionState | null;
  /** null where no configuration names it. */
  hub: string | null;
  firstUseKeys: FirstUseKeys;
  accessToken: (refused?: string) => Promise<string>;
  /** See `Session`. */
  idToken: (maxAgeMs: number) => Promise<string | null>;
  fetch: typeof fetch;
  clock: Clock;
  /** See `HubSourceOptions`. */
  jkt: () => string | null;
}

/** Keys are taken from the server only where nobody manages the machine and none are pinned. */
export function keysAreFirstUse({ verdict, settings }: ManagedConfig): boolean {
  return verdict === 'absent' && settings.policyKeys === undefined;
}

/** An ID token is renewed when a quarter of its time as proof has passed: three attempts are left, a day each. */
const RENEWED_AFTER = 1 / 4;

function sourceOf(
  { managed, fetch, clock, idToken }: SyncTargetDeps,
  hub: PolicySource,
  terms: IdTokenTerms | null,
): PolicySource {
  const { policyUrl } = managed.settings;
  if (policyUrl === undefined) return hub;
  const file = createFileSource({ url: policyUrl, fetch, clock });
  if (terms === null) return { ...hub, ...file };
  const maxAge = terms.membershipHours * 3_600_000 * RENEWED_AFTER;
  return { ...file, membership: () => idToken(maxAge), events: null };
}

/** Whose policy to sync: that of a signed-in member, also while the server is away; null if there is none. */
export function syncTarget(deps: SyncTargetDeps): SyncTarget | null {
  const { managed, session, hub, firstUseKeys, accessToken, fetch, clock, jkt } = deps;
  if (session === null || !belongs(session)) return null;
  const { org, user } = session;
  const { policyKeys, policyUrl } = managed.settings;
  const terms = idTokenTermsOf(managed.settings);
  const firstUse = keysAreFirstUse(managed);
  const server = (): string => {
    if (hub !== null) return hub;
    throw new ProblemError(problem('no-server', { organization: org }));
  };
  return {
    id: JSON.stringify([hub, org, user.sub, ...(policyUrl === undefined ? [] : [policyUrl, terms])]),
    org,
    keysId: firstUse ? 'first use' : JSON.stringify(policyKeys ?? null),
    introduced: firstUse ? (signal) => firstUseKeys.introduced(server(), org, signal) : null,
    async keys(signal) {
      if (firstUse) return firstUseKeys.get(server(), signal);
      const keys = keysFor(policyKeys ?? null, org);
      if (keys.length > 0) return { keys };
      throw new ProblemError(problem('no-policy-key', { organizations: [org] }));
    },
    idToken: terms,
    source: sourceOf(deps, createHubSource({ hub: server, org, fetch, accessToken, clock, jkt }), terms),
  };
}
