import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { belongs } from '../../../shared/state/session.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { createHubRequest } from '../policy/hub-request.ts';
import type { Session } from '../session/session.ts';
import type { RequestsTarget } from './request-desk.ts';
import { createRequestsClient } from './requests-client.ts';

export interface RequestsTargetDeps {
  /** null where no configuration names it. */
  hub: string | null;
  session: Pick<Session, 'state' | 'accessToken'>;
  fetch: typeof fetch;
  clock: Clock;
}

/** In whose name requests are made: the member's who is signed in, also while the server is away; null if there is none. */
export function requestsTarget({ hub, session, fetch, clock }: RequestsTargetDeps): RequestsTarget | null {
  const now = session.state();
  if (now === null || !belongs(now) || hub === null) return null;
  const { org, user } = now;
  const request = createHubRequest({
    hub: () => hub,
    org,
    fetch,
    clock,
    async accessToken(refused) {
      const token = await session.accessToken(refused);
      // Somebody else may have signed in while the token was fetched: what one person asked for is not sent as another.
      const current = session.state();
      const isSame = current !== null && belongs(current) && current.org === org && current.user.sub === user.sub;
      if (!isSame) throw new ProblemError(problem('request-needs-sign-in'));
      return token;
    },
  });
  return { id: JSON.stringify([hub, org, user.sub]), org, sub: user.sub, client: createRequestsClient(request) };
}
