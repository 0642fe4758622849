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
  let stopped = false;

  const stops = organizations.map((org) => {
    let cancel = (): void => {};
    let checks = 0;
    const check = (): void => {
      cancel();
      checks++;
      const mine = checks;
      const checking = enforceIfDue(org)
        .catch((error: unknown) => {
          log.error({ org, err: error }, 'enforcing on the date failed; trying again');
          return CHECK_MS;
        })
        .then((wait) => {
          running.delete(checking);
          if (wait !== null && mine === checks && !stopped) cancel = clock.after(wait, check);
        });
      running.add(checking);
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
      stopped = true;
      for (const stop of stops) stop();
      await Promise.all(running);
    },
  };

  /** @returns after how many milliseconds to look again; null where there is no date */
  async function enforceIfDue(org: string): Promise<number | null> {
    const due = await access.enforceFrom(org);
    if (due === null) return null;
    const left = due - clock.wall();
    if (left > 0) return Math.min(left, CHECK_MS);
    await access.enforceDue(org);
    return null;
  }
}
