import { type GrantRules, hasEnded } from '../../../shared/rule-set/grant-rules.ts';
import type { Clock } from '../../platform/time/clock.ts';

const LOOK_EVERY_MS = 1_000;

export interface GrantWatch {
  /** To be called when other grants come into force: it looks at the time only while there are any. */
  follow(): void;
  close(): void;
}

/**
 * Notices when a grant has ended. Decisions need nobody to notice, they compare the time themselves; what is under way, such as a running
 * download, does.
 * @param parts.now seconds since 1970, by the trusted clock
 */
export function watchGrants(parts: {
  clock: Pick<Clock, 'after'>;
  now: () => number;
  grants: () => GrantRules | undefined;
  onEnd: () => void;
}): GrantWatch {
  const { clock, now, grants, onEnd } = parts;
  let last = now();
  let cancel: (() => void) | null = null;

  const look = (): void => {
    cancel = null;
    const current = grants();
    const time = now();
    if (current !== undefined && hasEnded(current, last, time)) onEnd();
    last = time;
    follow();
  };
  const follow = (): void => {
    if (cancel !== null || grants() === undefined) return;
    last = Math.min(last, now());
    cancel = clock.after(LOOK_EVERY_MS, look);
  };
  return {
    follow,
    close: () => cancel?.(),
  };
}
