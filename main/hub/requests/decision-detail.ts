import { detail } from '../../../shared/activity/details.ts';
import type { ActivityDetail } from '../../../shared/schemas/hub/activity.ts';
import type { Decided } from './request-store.ts';

/** A decision as the activity says it. @param people who had asked */
export function decisionDetail(host: string, decided: Decided, people: number): ActivityDetail {
  const { kind, addresses = [], until = '', teams = [], use = '', reason = '' } = decided;
  switch (kind) {
    case 'allow':
      return detail('request-allowed', { host, people, teams, until, others: addresses.filter((one) => one !== host) });
    case 'mirror':
      return detail('request-mirror', { host, people, use });
    case 'decline':
      return detail('request-declined', { host, people, reason });
  }
}
