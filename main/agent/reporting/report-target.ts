import { isSameIssuer } from '../../../shared/policy/issuer.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import { belongs } from '../../../shared/state/session.ts';
import { hubUrl } from '../../platform/net/hub-url.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { createHubRequest } from '../policy/hub-request.ts';
import type { PolicySyncState } from '../policy/sync-state.ts';
import type { Session } from '../session/session.ts';
import type { ReportTarget } from './reporter.ts';
import { createReportsClient } from './reports-client.ts';

export interface ReportTargetDeps {
  hub: string | null;
  session: Pick<Session, 'state' | 'accessToken'>;
  policy: () => PolicySyncState;
  fetch: typeof fetch;
  clock: Clock;
}

/** Those that apply: what could not be checked says nothing of this machine. */
export function caveatsIn({ caveats }: Pick<Snapshot, 'caveats'>): string[] {
  return caveats.filter(({ applies }) => applies === 'yes').map(({ code }) => code);
}

/** To the server that the policy is fetched from, as the member who is signed in; null where there is none. */
export function reportTarget({ hub, session, policy, fetch, clock }: ReportTargetDeps): ReportTarget | null {
  const now = session.state();
  if (hub === null || now === null || !belongs(now)) return null;
  const { org, user } = now;
  const request = createHubRequest({
    ...{ hub: () => hub, org, fetch, clock },
    async accessToken(refused) {
      const token = await session.accessToken(refused);
      // What is reported for one person is not sent as another.
      const current = session.state();
      const isSame = current !== null && belongs(current) && current.org === org && current.user.sub === user.sub;
      if (!isSame) throw new ProblemError(problem('not-signed-in'));
      return token;
    },
  });
  return {
    id: JSON.stringify([hub, org, user.sub]),
    org,
    // As the hub writes its own name: a final slash would make another one of it.
    aud() {
      const { held, membership } = policy();
      const issuers = [membership?.iss, held?.summary.iss].filter((iss) => iss !== undefined);
      return issuers.find((iss) => isSameIssuer(iss, hub)) ?? hub;
    },
    url: hubUrl(hub, `v1/orgs/${encodeURIComponent(org)}/machines/reports`).href,
    client: createReportsClient(request),
  };
}
