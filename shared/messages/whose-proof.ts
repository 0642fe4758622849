import type { Snapshot } from '../schemas/snapshot.ts';
import { belongs } from '../state/session.ts';
import { nameList } from './name-list.ts';
import type { Words } from './words.ts';

/** The teams by which grants count on this machine; null where there are none, or no gateway says. */
export function teamsInWords({ gateway }: Snapshot, words: Words): string | null {
  const teams = gateway.membership?.teams ?? [];
  return teams.length === 0 ? null : nameList(teams, 'conjunction', words);
}

/** Several people may use one machine; the proof of one of them decides. null where it is the reader's own, or nobody's. */
export function whoseProof({ gateway, session }: Snapshot, { state }: Words): string | null {
  const sub = gateway.membership?.sub;
  if (sub === undefined || session === null || !belongs(session) || session.user.sub === sub) return null;
  return state.anothersProof(sub);
}
