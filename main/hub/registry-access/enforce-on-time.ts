import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { RegistryAccess } from './registry-access.ts';

/** A clock that is set, or a machine that slept, is noticed by then. */
const CHECK_MS = 30_000;

/**
 * Makes the date on which an organization's list begins to be enforced happen: a revision of the hub's own, at that moment or, if the hub was
 * stopped over it, at its start. That revision has no date any more, so that it happens once.
 */
export function startEnforcingOnTime(
  organizations: readonly string[],
  deps: { access: RegistryAccess; clock: Clock; log: Logger },
): { stop: () => Promise<void> } {
  const { access, clock } = deps;
  const log = deps.log.child({ part: 'enforce-from' });
  const running = new Set<Promise<void>>();
  const stops = organizations.map((org) => {
    let cancel = (): void => {};
    const check = (): void => {
      cancel();
      const due = access.enforceFrom(org);
      if (due === null) return;
      const left = due - clock.wall();
      if (left > 0) {
        cancel = clock.after(Math.min(left, CHECK_MS), check);
        return;
      }
      const enforcing = access
        .enforceDue(org)
        .catch((error: unknown) => {
          log.error({ org, err: error }, 'enforcing on the date failed; trying again');
          cancel = clock.after(CHECK_MS, check);
        })
        .finally(() => running.delete(enforcing));
      running.add(enforcing);
    };
    // A date that was set, changed or removed.
    const unsubscribe = access.onRevision(org, check);
    check();
    return () => {
      unsubscribe();
      cancel();
    };
  });
  return {
    stop: async () => {
      for (const stop of stops) stop();
      await Promise.all(running);
    },
  };
}
