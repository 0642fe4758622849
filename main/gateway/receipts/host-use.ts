import type { ControlResult } from '../../../shared/schemas/control-schema.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { isProbe } from '../probe-filter.ts';

/** Whoever asks for the strangest names must not make a message too long: names are at most 253 characters. */
const LISTED = 1000;

type Use = ControlResult<'hosts'>['hosts'][number];

/** How often engines asked for each host, and how often that was blocked. Images and tags are not seen here: TLS is not opened. */
export interface HostUse {
  /** @param since when the first of them was asked for, milliseconds since 1970, if that was not now */
  note(host: string, port: number | undefined, blocked: boolean, count: number, since?: number): void;
  /**
   * Does the administrator want hosts to be reported? Where not, nothing is counted, and what was is forgotten; nor is what was asked for
   * before they did, though a thread tells it later.
   */
  follow(isWanted: boolean): void;
  /** In the order of their last use, the latest at the end. */
  list(): ControlResult<'hosts'>;
}

/** Counts nothing until `follow` says that it is wanted. */
export function createHostUse(clock: Pick<Clock, 'wall'>): HostUse {
  const uses = new Map<string, Use>();
  const since = clock.wall();
  let wantedSince: number | null = null;
  return {
    follow(isWanted) {
      if (!isWanted) uses.clear();
      wantedSince = isWanted ? (wantedSince ?? clock.wall()) : null;
    },
    note(host, port, blocked, count, askedSince = clock.wall()) {
      if (wantedSince === null || askedSince < wantedSince || isProbe(host)) return;
      const shown = port === undefined || port === 443 ? host : `${host.includes(':') ? `[${host}]` : host}:${port}`;
      const now = clock.wall();
      const before = uses.get(shown);
      uses.delete(shown);
      uses.set(shown, {
        host: shown,
        count: (before?.count ?? 0) + count,
        blocked: (before?.blocked ?? 0) + (blocked ? count : 0),
        firstAt: before?.firstAt ?? now,
        lastAt: now,
      });
      const [oldest] = uses.keys();
      if (uses.size > LISTED && oldest !== undefined) uses.delete(oldest);
    },
    list: () => ({ since, hosts: [...uses.values()] }),
  };
}
