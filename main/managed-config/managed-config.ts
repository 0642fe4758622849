import type { Logger } from '../platform/log/logger.ts';
import { runCommand } from '../platform/process/run-command.ts';
import type { Clock } from '../platform/time/clock.ts';
import { followSources, type ManagedConfigSource } from './follow-sources.ts';
import { sourcesIn, systemSources, trialRule, type WindowsMeans } from './locations.ts';

export type { ManagedConfigSource } from './follow-sources.ts';

export interface ManagedConfigOptions {
  /** The system locations, or a folder that stands in for all of them (demo, tests), which is always shown. */
  place: 'system' | { folder: string };
  platform: NodeJS.Platform;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn'>;
  windows?: WindowsMeans | undefined;
}

/**
 * Reads the managed configuration of this machine once before it resolves, and then watches it: a change takes effect within two
 * seconds, without a restart.
 *
 * @throws ProblemError `platform-unsupported`, `windows-folder-unknown`: no location to read from. A faulty source is a value, never
 * an exception.
 */
export async function openManagedConfig(options: ManagedConfigOptions): Promise<ManagedConfigSource> {
  const { place, platform, windows } = options;
  const user = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const sources =
    place === 'system'
      ? await systemSources(platform, runCommand, windows)
      : sourcesIn(place.folder, trialRule(platform, user));
  return followSources(sources, { ...options, trial: place !== 'system' });
}
