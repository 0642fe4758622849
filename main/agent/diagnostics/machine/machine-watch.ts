import { subscribe } from '../../../../shared/subscribe.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { Clock } from '../../../platform/time/clock.ts';
import type { MachineFacts } from './machine-facts.ts';

/** What was last found out about this machine, looked at again from time to time. */
export interface MachineWatch {
  /** null until the first look is done. Nobody looks before `lookAgain` is called. */
  facts(): MachineFacts | null;
  onChange(listener: () => void): () => void;
  /** Soon, unless a look is under way. */
  lookAgain(): void;
  stop(): void;
}

/** Builders and contexts are set up by hand, and rarely. */
const EVERY_MS = 10 * 60_000;
/** The agent has better things to do while it starts, or the machine while it wakes. */
const SOON_MS = 1_000;

export function watchMachine(look: () => Promise<MachineFacts>, clock: Clock, log: Logger): MachineWatch {
  const listeners = new Set<() => void>();
  let facts: MachineFacts | null = null;
  let looking = false;
  let stopped = false;
  let cancel = (): void => {};

  async function run(): Promise<void> {
    if (looking || stopped) return;
    looking = true;
    cancel();
    try {
      const before = JSON.stringify(facts);
      facts = await look();
      if (!stopped && JSON.stringify(facts) !== before) for (const listener of listeners) listener();
    } catch (error) {
      log.warn({ err: error }, 'the machine could not be looked at');
    }
    looking = false;
    if (!stopped) cancel = clock.after(EVERY_MS, () => void run());
  }

  return {
    facts: () => facts,
    onChange: (listener) => subscribe(listeners, listener),
    lookAgain() {
      cancel();
      cancel = clock.after(SOON_MS, () => void run());
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
