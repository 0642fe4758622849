import type { OwnRequest } from '../schemas/own-request.ts';
import { nameList } from './name-list.ts';
import type { Words } from './words.ts';

export interface RequestText {
  /** `Allowed until Friday 18:00` */
  state: string;
  tone: 'green' | 'amber' | 'blue' | 'grey';
}

/**
 * What has become of a request, the same in the panel, in notifications and on the command line.
 *
 * @param now milliseconds since 1970.
 */
export function describeRequest(request: OwnRequest, now: number, words: Words): RequestText {
  const { state: say } = words.requests;
  const { decided } = request;
  switch (request.state) {
    case 'kept':
      return { state: say.kept, tone: 'amber' };
    case 'refused':
      return { state: say.refused, tone: 'amber' };
    case 'open':
      return { state: say.open, tone: 'blue' };
    case 'allowed':
      return allowed(decided, now, words);
    case 'mirror':
      return { state: say.mirror(decided?.use ?? ''), tone: 'blue' };
    case 'declined':
      return { state: decided?.reason ? say.declinedBecause(decided.reason) : say.declined, tone: 'amber' };
    case 'withdrawn':
      return { state: say.withdrawn, tone: 'grey' };
  }
}

function allowed(decided: OwnRequest['decided'], now: number, words: Words): RequestText {
  const { state: say } = words.requests;
  const { until = null, teams } = decided ?? {};
  if (until !== null && until <= now) return { state: say.wasAllowedUntil(words.time.exact(until)), tone: 'grey' };
  const time = until === null ? null : words.time.deadline(until, now);
  if (teams != null && teams.length > 0) {
    const names = nameList(teams, 'disjunction', words);
    const several = teams.length > 1;
    const state = time === null ? say.allowedFor(names, several) : say.allowedForUntil(names, several, time);
    return { state, tone: 'green' };
  }
  return { state: time === null ? say.allowed : say.allowedUntil(time), tone: 'green' };
}

/** Whether something is still to come of it. */
export function isPending({ state }: Pick<OwnRequest, 'state'>): boolean {
  return state === 'open' || state === 'kept';
}
