import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem } from '../../../shared/problems/problem.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { PolicySource, ServerEvents } from './policy-source.ts';
import { reconnectAfter } from './reconnect.ts';

export interface RevisionWatch {
  /** A sync has succeeded: a stream that waited for the server is opened now. */
  serverAnswered(): void;
}

/**
 * Keeps the stream of revisions open until `signal` fires, so that a change need not wait for the next poll. A server without
 * one is only polled. `onOpen` is called whenever the stream has opened.
 */
export function watchRevisions(options: {
  open: NonNullable<PolicySource['events']>;
  onOpen: () => void;
  heard: Pick<ServerEvents, 'onRevision' | 'onRequest'>;
  /** The last sync did not reach the server: the sync finds out when it is back, and two that ask are twice the load. */
  isServerAway: () => boolean;
  signal: AbortSignal;
  clock: Clock;
  random: () => number;
  log: Logger;
}): RevisionWatch {
  const { open, onOpen, heard, isServerAway, signal, clock, random, log } = options;
  let failures = 0;
  let retry = 0;
  let waits = false;
  let cancel = (): void => {};
  const hear: ServerEvents = {
    ...heard,
    onRetry: (ms) => {
      retry = ms;
    },
  };

  async function watch(): Promise<void> {
    const from = clock.monotonic();
    try {
      const stream = await open(hear, signal);
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
    const next = reconnectAfter({ failures, lasted: clock.monotonic() - from, retry }, random());
    failures = next.failures;
    cancel = clock.after(next.delay, watchOrWait);
  }

  function watchOrWait(): void {
    if (isServerAway()) waits = true;
    else void watch();
  }

  signal.addEventListener('abort', () => cancel(), { once: true });
  void watch();
  return {
    serverAnswered() {
      if (!waits || signal.aborted) return;
      waits = false;
      void watch();
    },
  };
}
