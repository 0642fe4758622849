import type { Problem } from '../../shared/problems/problem.ts';
import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { belongs } from '../../shared/state/session.ts';

/** All that ever interrupts the user. */
export type Notice =
  | { kind: 'refused'; denial: Denial }
  | { kind: 'enforcement-lost' }
  | { kind: 'enforcement-restored' }
  | { kind: 'sign-in-needed' }
  | { kind: 'agent-failed'; problem: Problem };

/** How long the same is not said again, in milliseconds. */
export const NOTICE_QUIET_MS = 10 * 60_000;

export interface NoticePolicy {
  snapshot(snapshot: Snapshot): void;
  denial(denial: Denial): void;
  agentFailed(problem: Problem): void;
}

export interface NoticePolicyDeps {
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number;
  /** Whether notices are wanted now: switched on, and the panel, which says it all, is not in front. */
  wanted(): boolean;
  show(notice: Notice): void;
}

/**
 * Decides what is worth an interruption: a refused pull once per host in ten minutes, enforcement lost and restored, a sign-in that is
 * needed, a fault of our own. What happens while the panel is in front counts as seen.
 */
export function createNoticePolicy({ monotonic, wanted, show }: NoticePolicyDeps): NoticePolicy {
  const said = new Map<string, number>();
  let before: Snapshot | null = null;
  let saidLost = false;

  /** @returns whether it was due, said or not. */
  function say(notice: Notice, topic: string): boolean {
    const now = monotonic();
    for (const [known, at] of said) if (now - at >= NOTICE_QUIET_MS) said.delete(known);
    if (said.has(topic)) return false;
    said.set(topic, now);
    if (wanted()) show(notice);
    return true;
  }

  return {
    snapshot(snapshot) {
      const previous = before;
      before = snapshot;
      const { id, protected: isProtected } = snapshot.state;
      const entered = previous?.state.id !== id;
      if (id === 'not-enforcing' && entered) saidLost = say({ kind: 'enforcement-lost' }, 'lost') || saidLost;
      if (saidLost && isProtected === 'yes') {
        saidLost = false;
        if (wanted()) show({ kind: 'enforcement-restored' });
      }
      if (id === 'sign-in-required' && entered && !signedOutByUser(previous, snapshot)) {
        say({ kind: 'sign-in-needed' }, 'sign-in');
      }
    },
    denial(denial) {
      // What containers look up on their own is no pull, and an audit refuses nothing.
      if (denial.refused && denial.view === 'engine') say({ kind: 'refused', denial }, `host ${denial.host}`);
    },
    agentFailed: (problem) => {
      say({ kind: 'agent-failed', problem }, 'failed');
    },
  };
}

/** Nobody has to be told what they have just done themselves. A session that ended otherwise says why. */
function signedOutByUser(previous: Snapshot | null, { session }: Snapshot): boolean {
  const belonged = previous !== null && previous.session !== null && belongs(previous.session);
  return belonged && session?.kind === 'signed-out' && session.problem === null;
}
