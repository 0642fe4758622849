import type { UpstreamState } from '../../../shared/schemas/control-schema.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { LinuxUdp } from '../native/linux-udp.ts';
import { type CachingResolver, createCachingResolver } from './caching-resolver.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { createResolver } from './resolver.ts';
import { isAtOrBelow, nameAsBytes } from './wire.ts';

/** Names at and below `domain` (lower case, no trailing dot) are asked of these and of no one else. */
export interface SplitRule {
  domain: string;
  upstreams: SocketAddress[];
}

export interface ResolverOptions {
  upstreams: SocketAddress[];
  split: readonly SplitRule[];
  random: RandomNumbers;
  /** null where the system has no such calls. */
  linux: LinuxUdp | null;
  /** Seconds; never run backwards. */
  seconds: () => number;
  /** Told on every change; `domain` is null for the general upstreams. */
  onUpstream: (report: UpstreamReport) => void;
}

/** How an upstream does. Plain data: it crosses from thread to thread. */
export interface UpstreamReport {
  domain: string | null;
  address: SocketAddress;
  state: UpstreamState;
  error: string | null;
}

/**
 * The resolver of this gateway: by the longest domain that has upstreams of its own, else by the general ones; each with a
 * cache. What belongs to a domain of its own never falls back to the general upstreams: its names are nobody else's business.
 */
export function createSplitResolver(options: ResolverOptions): CachingResolver {
  const { upstreams, split, random, linux, seconds, onUpstream } = options;
  const open = (domain: string | null, to: SocketAddress[]): CachingResolver =>
    createCachingResolver(
      createResolver(to, random, linux, (address, state, error) => onUpstream({ domain, address, state, error })),
      seconds,
      (random.uint16() << 16) | random.uint16(),
    );
  const general = open(null, upstreams);
  if (split.length === 0) return general;
  const byDomain = split
    .flatMap(({ domain, upstreams: to }) => {
      const name = nameAsBytes(domain);
      return name === null ? [] : [{ name, resolver: open(domain, to) }];
    })
    .sort((one, other) => other.name.length - one.name.length);
  /** The longest domain that the name at `at` is at or below. */
  const of = (bytes: Uint8Array, at: number): CachingResolver =>
    byDomain.find(({ name }) => isAtOrBelow(bytes, at, name))?.resolver ?? general;

  return {
    known: (bytes, at, ...rest) => of(bytes, at).known(bytes, at, ...rest),
    resolve: (lookup, done) => of(lookup.question, 0).resolve(lookup, done),
    setUpstreams: (changed) => general.setUpstreams(changed),
    close() {
      general.close();
      for (const own of byDomain) own.resolver.close();
    },
  };
}
