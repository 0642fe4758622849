import type { UpstreamState } from '../../../shared/schemas/control-schema.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { UdpTransport } from '../native/udp-transport.ts';
import { createAnswerCache } from './answer-cache.ts';
import { type CachingResolver, createCachingResolver } from './caching-resolver.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { createResolver } from './resolver.ts';
import { isAtOrBelow, nameAsBytes } from './wire.ts';

/** Only these upstreams are asked for names at and below `domain` (lower case, no trailing dot). */
export interface SplitRule {
  domain: string;
  upstreams: SocketAddress[];
}

export interface SplitResolverOptions {
  upstreams: SocketAddress[];
  split: readonly SplitRule[];
  random: RandomNumbers;
  udp: UdpTransport;
  /** Seconds; never run backwards. */
  seconds: () => number;
  onUpstream: (report: UpstreamReport) => void;
}

/** The new state of an upstream. Plain data: it crosses from thread to thread. */
export interface UpstreamReport {
  /** null for the general upstreams. */
  domain: string | null;
  address: SocketAddress;
  state: UpstreamState;
  error: string | null;
}

/** All resolvers of a thread: one per split domain, and a general one. */
export interface SplitResolver {
  /** The resolver for the name at `at`. Call it once per question. */
  resolverFor(bytes: Uint8Array, at: number): CachingResolver;
  /** Changes the general upstreams. */
  setUpstreams(upstreams: SocketAddress[]): void;
  close(): void;
}

export interface DomainResolver {
  /** In lower case, as question bytes. */
  domain: Uint8Array;
  resolver: CachingResolver;
}

export function openSplitResolver(options: SplitResolverOptions): SplitResolver {
  const { upstreams, split, random, udp, seconds, onUpstream } = options;
  const open = (domain: string | null, to: SocketAddress[]): CachingResolver =>
    createCachingResolver(
      createResolver(to, random, udp, (address, state, error) => onUpstream({ domain, address, state, error })),
      // An unknown seed, so that nobody can choose names that push each other out.
      createAnswerCache(seconds, (random.uint16() << 16) | random.uint16()),
    );
  const domains = split.flatMap(({ domain, upstreams: to }) => {
    const name = nameAsBytes(domain);
    return name === null ? [] : [{ domain: name, resolver: open(domain, to) }];
  });
  return createSplitResolver(open(null, upstreams), domains);
}

/**
 * Chooses by the longest domain a name is at or below. A split domain's names never go to the general upstreams, not even where
 * its own do not answer: they are nobody else's business.
 */
export function createSplitResolver(general: CachingResolver, domains: readonly DomainResolver[]): SplitResolver {
  const longestFirst = domains.toSorted((one, other) => other.domain.length - one.domain.length);
  return {
    resolverFor(bytes, at) {
      for (const { domain, resolver } of longestFirst) if (isAtOrBelow(bytes, at, domain)) return resolver;
      return general;
    },
    setUpstreams: (upstreams) => general.setUpstreams(upstreams),
    close() {
      general.close();
      for (const { resolver } of longestFirst) resolver.close();
    },
  };
}
