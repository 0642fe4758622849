import type { ManagedConfig } from '../../shared/managed-config.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { evaluate } from './evaluate.ts';
import { ABSENCE_MUST_HOLD, type Belief, believe } from './hold.ts';
import { watchPath } from './path-watch.ts';
import { systemSources, trialSources } from './places.ts';
import type { Source } from './reading.ts';

export interface ManagedConfigOptions {
  /** The system's places, or a folder that stands in for all of them (trial, tests), which is shown as such. */
  place: 'system' | { folder: string };
  platform: NodeJS.Platform;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn'>;
}

export interface ManagedConfigSource {
  current(): ManagedConfig;
  /** Called with each new value, not with the current one. Returns how to stop. */
  onChange(listener: (config: ManagedConfig) => void): () => void;
  close(): void;
}

/** Long enough for a file that is written in several steps, short enough that nobody waits. Milliseconds. */
const CALM = 150;
/** The safety net under the watches, and the pace where there are none. Milliseconds. */
const SLOW_POLL = 30_000;
const FAST_POLL = 1_500;

/**
 * Reads what the administrator of this machine wants, once before it resolves, and then follows it: a change counts within
 * two seconds, without a restart.
 *
 * @throws ProblemError `platform-unsupported`. What is wrong with a source is a value, never an exception.
 */
export async function openManagedConfig(options: ManagedConfigOptions): Promise<ManagedConfigSource> {
  const { place, platform } = options;
  const user = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const sources = place === 'system' ? systemSources(platform) : trialSources(place.folder, user);
  return follow(sources, { ...options, trial: place !== 'system' });
}

/** The same for given sources. */
export async function follow(
  sources: Source[],
  { clock, log, trial }: { clock: Clock; log: Pick<Logger, 'info' | 'warn'>; trial: boolean },
): Promise<ManagedConfigSource> {
  const beliefs = new Map<Source, Belief>();
  const listeners = new Set<(config: ManagedConfig) => void>();
  let current: ManagedConfig | undefined;
  let reading: Promise<void> | undefined;
  let readAgain = false;
  let closed = false;
  let cancelPoll = () => {};
  let calling: (() => void) | undefined;

  const watches = sources.flatMap(({ watch }) => (watch === null ? [] : [watchPath(watch, noticed)]));

  function noticed(): void {
    // Counted from the first event: a folder in which something stirs all the time must not postpone the reading.
    calling ??= clock.after(CALM, () => {
      calling = undefined;
      void read();
    });
  }

  /** One reading at a time; what is noticed meanwhile is read afterwards. */
  function read(): Promise<void> {
    if (reading !== undefined) {
      readAgain = true;
      return reading;
    }
    reading = (async () => {
      do {
        readAgain = false;
        await readOnce();
      } while (readAgain && !closed);
      reading = undefined;
    })();
    return reading;
  }

  async function readOnce(): Promise<void> {
    // Watch first, then read: what happens in between is then noticed.
    for (const watch of watches) watch.follow();
    const fresh = await Promise.all(sources.map((source) => source.read()));
    if (closed) return;
    const now = clock.monotonic();
    for (const [index, source] of sources.entries()) {
      const reading = fresh[index];
      if (reading !== undefined) beliefs.set(source, believe(beliefs.get(source) ?? null, reading, now));
    }
    const said = (says: Source['says']) =>
      sources.filter((source) => source.says === says).flatMap((source) => beliefs.get(source)?.counts ?? []);
    publish(evaluate(said('organizations'), said('settings'), trial));

    cancelPoll();
    cancelPoll = clock.after(nextPoll(now), () => void read());
  }

  function nextPoll(now: number): number {
    const followed = sources.every(({ watch }) => watch !== null) && watches.every(({ complete }) => complete);
    const dues = [followed ? SLOW_POLL : FAST_POLL];
    for (const { goneSince } of beliefs.values()) {
      if (goneSince !== null) dues.push(goneSince + ABSENCE_MUST_HOLD - now);
    }
    return Math.max(0, Math.min(...dues));
  }

  function publish(config: ManagedConfig): void {
    const changed = JSON.stringify(config) !== JSON.stringify(current);
    current = config;
    if (!changed) return;
    const { verdict, allowedOrgs, source, problems, settingsSource } = config;
    log.info({ verdict, allowedOrgs, source, problems, settingsSource, trial }, 'managed configuration');
    for (const listener of listeners) listener(config);
  }

  await read();
  return {
    current() {
      if (current === undefined) throw new Error('read before the first reading');
      return current;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      closed = true;
      cancelPoll();
      calling?.();
      listeners.clear();
      for (const watch of watches) watch.close();
    },
  };
}
