import type { Problem } from '../../shared/problems/problem.ts';
import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { OwnRequest } from '../../shared/schemas/own-request.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { belongs } from '../../shared/state/session.ts';

/** Everything that may interrupt the user. */
export type Notice =
  | { kind: 'blocked'; denial: Denial }
  | { kind: 'request-news'; request: OwnRequest }
  | { kind: 'enforcement-lost' }
  | { kind: 'enforcement-restored' }
  | { kind: 'sign-in-needed' }
  | { kind: 'agent-failed'; problem: Problem };

/** The same notice is not repeated within this many milliseconds. */
export const NOTICE_QUIET_MS = 10 * 60_000;

export interface NoticePolicy {
  snapshot(snapshot: Snapshot): void;
  denial(denial: Denial): void;
  /** What the user waits to hear. */
  requestNews(request: OwnRequest): void;
  agentFailed(problem: Problem): void;
}

export interface NoticePolicyDeps {
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
  /** Whether to show any now: they are switched on, and the panel, which says the same, is not in front. */
  wanted(): boolean;
  show(notice: Notice): void;
}

/**
 * Decides what is worth an interruption: a blocked pull once per host in ten minutes, a request that was decided, enforcement lost and
 * restored, a required sign-in, an internal error. What happens while the panel is in front counts as seen.
 */
export function createNoticePolicy({ monotonic, wanted, show }: NoticePolicyDeps): NoticePolicy {
  /** When each topic was last notified. */
  const notifiedAt = new Map<string, number>();
  let before: Snapshot | null = null;
  let notifiedLost = false;

  /** @returns false: the same was notified within the last ten minutes. */
  function notify(notice: Notice, topic: string): boolean {
    const now = monotonic();
    for (const [known, at] of notifiedAt) if (now - at >= NOTICE_QUIET_MS) notifiedAt.delete(known);
    if (notifiedAt.has(topic)) return false;
    notifiedAt.set(topic, now);
    if (wanted()) show(notice);
    return true;
  }

  return {
    snapshot(snapshot) {
      const previous = before;
      before = snapshot;
      const { id, protected: isProtected } = snapshot.state;
      const entered = previous?.state.id !== id;
      if (id === 'not-enforcing' && entered)
        notifiedLost = notify({ kind: 'enforcement-lost' }, 'lost') || notifiedLost;
      if (notifiedLost && isProtected === 'yes') {
        notifiedLost = false;
        if (wanted()) show({ kind: 'enforcement-restored' });
      }
      if (id === 'sign-in-required' && entered && !signedOutByUser(previous, snapshot)) {
        notify({ kind: 'sign-in-needed' }, 'sign-in');
      }
    },
    denial(denial) {
      // What containers look up on their own is not a pull, and audit mode blocks nothing.
      if (denial.refused && denial.view === 'engine') notify({ kind: 'blocked', denial }, `host ${denial.host}`);
    },
    requestNews(request) {
      if (wanted()) show({ kind: 'request-news', request });
    },
    agentFailed: (problem) => {
      notify({ kind: 'agent-failed', problem }, 'failed');
    },
  };
}

/** The user knows what they have just done. A session that ended otherwise has a problem. */
function signedOutByUser(previous: Snapshot | null, { session }: Snapshot): boolean {
  const belonged = previous !== null && previous.session !== null && belongs(previous.session);
  return belonged && session?.kind === 'signed-out' && session.problem === null;
}
