import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { subscribe } from '../../shared/subscribe.ts';
import { followPath, RETRY_AFTER } from '../platform/fs/follow-path.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Clock } from '../platform/time/clock.ts';
import { evaluate } from './evaluate.ts';
import { addReading, REMOVAL_GRACE_PERIOD, type SourceHistory } from './grace-period.ts';
import type { Source } from './source.ts';

export interface ManagedConfigSource {
  current(): ManagedConfig;
  /** Called with each new value, not with the current one. Returns how to stop. */
  onChange(listener: (config: ManagedConfig) => void): () => void;
  close(): void;
}

/** One source and its history. Each is read at its own pace, so that one that hangs does not delay the others. */
interface FollowedSource {
  source: Source;
  history: SourceHistory | null;
}

/** Reads every source once, resolves, and then reads each again when its watch or the clock says so. */
export async function followSources(
  sources: Source[],
  { clock, log, trial }: { clock: Clock; log: Pick<Logger, 'info'>; trial: boolean },
): Promise<ManagedConfigSource> {
  const listeners = new Set<(config: ManagedConfig) => void>();
  let current: ManagedConfig | undefined;
  let closed = false;

  const all = sources.map((source): FollowedSource => ({ source, history: null }));

  /** @returns within how many milliseconds to read it again. */
  async function read(followed: FollowedSource): Promise<number> {
    const fresh = await followed.source.read();
    if (closed) return Number.POSITIVE_INFINITY;
    const now = clock.monotonic();
    followed.history = addReading(followed.history, fresh, now);
    publish();
    if (fresh.failure !== null) return RETRY_AFTER;
    const { missingSince } = followed.history;
    return missingSince === null ? Number.POSITIVE_INFINITY : Math.max(0, missingSince + REMOVAL_GRACE_PERIOD - now);
  }

  function publish(): void {
    if (all.some(({ history }) => history === null)) return;
    const effective = (provides: Source['provides']) =>
      all.flatMap(({ source, history }) =>
        source.provides === provides && history !== null ? [history.effective] : [],
      );
    const config = evaluate(effective('organizations'), effective('settings'), trial);
    const changed = JSON.stringify(config) !== JSON.stringify(current);
    current = config;
    if (!changed) return;
    const { verdict, allowedOrgs, source, problems, settingsSource } = config;
    log.info({ verdict, allowedOrgs, source, problems, settingsSource, trial }, 'managed configuration evaluated');
    for (const listener of listeners) listener(config);
  }

  const stops = await Promise.all(
    all.map((followed) => followPath(followed.source.watch, clock, () => read(followed))),
  );
  return {
    current() {
      if (current === undefined) throw new Error('current() was called before the first reading');
      return current;
    },
    onChange: (listener) => subscribe(listeners, listener),
    close() {
      closed = true;
      listeners.clear();
      for (const stop of stops) stop();
    },
  };
}
