import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { every } from '../../platform/time/every.ts';
import type { Machines } from './machines.ts';

const TICK_MS = 60_000;

/** Sends the alerts that have become due, each minute. @returns stops it */
export function startMachineTicks(
  organizations: readonly string[],
  { machines, clock, log }: { machines: Pick<Machines, 'tick'>; clock: Clock; log: Logger },
): () => void {
  return every(
    clock,
    TICK_MS,
    () => machines.tick(organizations),
    (error) => log.error({ part: 'machines', err: error }, 'alerts failed; trying again'),
  );
}
