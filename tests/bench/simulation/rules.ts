import { backOff } from '../../../main/agent/back-off.ts';
import { reconnectAfter, syncsOnOpen } from '../../../main/agent/policy/reconnect.ts';
import { nextDelay } from '../../../main/agent/policy/schedule.ts';
import { waitFor } from '../../../main/agent/reporting/report-due.ts';
import { afterFailure, afterSuccess, refreshAfter } from '../../../main/agent/session/check-schedule.ts';
import { TAKEN_BACK_PER_SECOND, TOLD_PER_SECOND } from '../../../main/hub/http/pace.ts';

/** All that the agent decides about when it asks a server, and how the hub tells its news. */
export interface Rules {
  nextDelay: typeof nextDelay;
  reconnectAfter: typeof reconnectAfter;
  syncsOnOpen: typeof syncsOnOpen;
  /** Whether a lost stream waits for a sync to succeed while syncs fail. */
  streamWaitsForSync: boolean;
  refreshAfter: typeof refreshAfter;
  afterSuccess: typeof afterSuccess;
  afterFailure: typeof afterFailure;
  reportWaits: typeof waitFor;
  /** Whether a session that is back syncs although a sync has succeeded meanwhile. */
  syncsTwice: boolean;
  /** Streams that one process of the hub tells of a revision in a second, and that it asks to come back in one. */
  toldPerSecond: number;
  takenBackPerSecond: number;
}

/** The agent's own functions. */
export const RULES: Rules = {
  ...{ nextDelay, reconnectAfter, syncsOnOpen, refreshAfter, afterSuccess, afterFailure, reportWaits: waitFor },
  streamWaitsForSync: true,
  syncsTwice: false,
  toldPerSecond: TOLD_PER_SECOND,
  takenBackPerSecond: TAKEN_BACK_PER_SECOND,
};

/**
 * As it was before this simulation showed what comes of it: every stream back within half a second, a sync with each, all machines told
 * at once and in step from then on.
 */
export const EARLIER_RULES: Rules = {
  ...RULES,
  nextDelay: ({ failures, refreshMinutes, random }) =>
    failures === 0 ? refreshMinutes * 60_000 * (0.9 + 0.2 * random) : backOff(failures, 30_000, 15 * 60_000, random),
  reconnectAfter: ({ failures, lasted }, random) => {
    const count = lasted > 30_000 ? 1 : failures + 1;
    return { failures: count, delay: backOff(count, 1_000, 5 * 60_000, random) };
  },
  syncsOnOpen: () => true,
  streamWaitsForSync: false,
  syncsTwice: true,
  refreshAfter: (lifetime) => lifetime * 0.8,
  toldPerSecond: 20_000,
};
