import { subscribe } from '../../../../shared/subscribe.ts';
import type { Logger } from '../../../platform/log/logger.ts';
import type { Clock } from '../../../platform/time/clock.ts';
import type { MachineFacts } from './machine-facts.ts';

/** Facts about this machine, checked from time to time. */
export interface MachineWatch {
  /** null until the first check has finished. The first call of `lookAgain` starts it. */
  facts(): MachineFacts | null;
  onChange(listener: () => void): () => void;
  /** Soon, unless a check is under way. */
  lookAgain(): void;
  stop(): void;
}

/** Builders and contexts change rarely. */
const EVERY_MS = 10 * 60_000;
/** Leaves the start of the agent, or the waking of the machine, undisturbed. */
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
      log.warn({ err: error }, 'machine not inspected');
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
