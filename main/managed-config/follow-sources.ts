import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Clock } from '../platform/time/clock.ts';
import { evaluate } from './evaluate.ts';
import { addReading, REMOVAL_GRACE_PERIOD, type SourceHistory } from './grace-period.ts';
import { type PathWatch, watchPath } from './path-watch.ts';
import type { Source } from './source.ts';

export interface ManagedConfigSource {
  current(): ManagedConfig;
  /** Called with each new value, not with the current one. Returns how to stop. */
  onChange(listener: (config: ManagedConfig) => void): () => void;
  close(): void;
}

/** Long enough for a file that is written in several steps, short enough that nobody waits. Milliseconds. */
const SETTLING_TIME = 150;
/** In case a watch misses something, and the interval where nothing can be watched. Milliseconds. */
const SLOW_POLL = 30_000;
const FAST_POLL = 1_500;

/** One source and its history. Each is read at its own pace, so that one that hangs does not delay the others. */
interface FollowedSource {
  source: Source;
  watch: PathWatch | null;
  history: SourceHistory | null;
  reading: boolean;
  /** When to read it next, on a monotonic clock. Milliseconds. */
  due: number;
  cancelTimer: () => void;
}

/** Reads every source once, resolves, and then reads each again when its watch or the clock says so. */
export async function followSources(
  sources: Source[],
  { clock, log, trial }: { clock: Clock; log: Pick<Logger, 'info'>; trial: boolean },
): Promise<ManagedConfigSource> {
  const listeners = new Set<(config: ManagedConfig) => void>();
  let current: ManagedConfig | undefined;
  let closed = false;

  const all = sources.map((source): FollowedSource => {
    const due = Number.POSITIVE_INFINITY;
    const followed: FollowedSource = { source, watch: null, history: null, reading: false, due, cancelTimer: () => {} };
    if (source.watch !== null) followed.watch = watchPath(source.watch, () => readWithin(followed, SETTLING_TIME));
    return followed;
  });

  /** Never later than it is due already: constant events must not postpone a reading for ever. */
  function readWithin(followed: FollowedSource, ms: number): void {
    const now = clock.monotonic();
    followed.due = Math.min(followed.due, now + ms);
    followed.cancelTimer();
    if (closed || followed.reading) return;
    followed.cancelTimer = clock.after(Math.max(0, followed.due - now), () => void read(followed));
  }

  async function read(followed: FollowedSource): Promise<void> {
    followed.reading = true;
    // Events from here on request the next reading. Watching before reading loses nothing in between.
    followed.due = Number.POSITIVE_INFINITY;
    followed.watch?.follow();
    const fresh = await followed.source.read();
    followed.reading = false;
    if (closed) return;

    const now = clock.monotonic();
    followed.history = addReading(followed.history, fresh, now);
    publish();

    const { missingSince } = followed.history;
    const confirm =
      missingSince === null ? Number.POSITIVE_INFINITY : Math.max(0, missingSince + REMOVAL_GRACE_PERIOD - now);
    readWithin(followed, Math.min(confirm, followed.watch?.complete ? SLOW_POLL : FAST_POLL));
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

  await Promise.all(all.map(read));
  return {
    current() {
      if (current === undefined) throw new Error('current() was called before the first reading');
      return current;
    },
    onChange: (listener) => subscribe(listeners, listener),
    close() {
      closed = true;
      listeners.clear();
      for (const { watch, cancelTimer } of all) {
        cancelTimer();
        watch?.close();
      }
    },
  };
}
