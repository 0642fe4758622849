import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { backOff } from '../back-off.ts';
import type { PolicySource, ServerEvents } from './policy-source.ts';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 5 * 60_000;
/** A stream that stayed open this long was no failure. */
const HEALTHY_MS = 30_000;

/**
 * Keeps the stream of revisions open until `signal` fires, so that a change need not wait for the next poll. A server without
 * one is only polled. `onOpen` is called whenever the stream has opened, because changes of before were not announced.
 */
export function watchRevisions(options: {
  open: NonNullable<PolicySource['events']>;
  onOpen: () => void;
  heard: ServerEvents;
  signal: AbortSignal;
  clock: Clock;
  random: () => number;
  log: Logger;
}): void {
  const { open, onOpen, heard, signal, clock, random, log } = options;
  let failures = 0;
  let cancel = (): void => {};

  async function watch(): Promise<void> {
    const from = clock.monotonic();
    try {
      const stream = await open(heard, signal);
      if (stream === null) {
        log.info('no revision stream: polling only');
        return;
      }
      onOpen();
      await stream.ended;
    } catch (error) {
      if (signal.aborted) return;
      log.info({ problem: asProblem(error, problem('events-failed')) }, 'revision stream lost');
    }
    if (signal.aborted) return;
    failures = clock.monotonic() - from > HEALTHY_MS ? 1 : failures + 1;
    cancel = clock.after(backOff(failures, FIRST_RETRY_MS, LAST_RETRY_MS, random()), () => void watch());
  }

  signal.addEventListener('abort', () => cancel(), { once: true });
  void watch();
}
