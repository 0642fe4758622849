import type { UpstreamState } from '../../../shared/control-schema.ts';
import type { SocketAddress } from '../../platform/socket-address.ts';
import { createCachingResolver } from './caching-resolver.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { createResolver, type Resolver } from './resolver.ts';
import { nameAsBytes } from './wire.ts';

/** Names at and below `domain` (lower case, no trailing dot) are asked of these and of no one else. */
export interface SplitRule {
  domain: string;
  upstreams: SocketAddress[];
}

export interface ResolverOptions {
  upstreams: SocketAddress[];
  split: readonly SplitRule[];
  random: RandomNumbers;
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
export function createSplitResolver(options: ResolverOptions): Resolver {
  const { upstreams, split, random, seconds, onUpstream } = options;
  const open = (domain: string | null, to: SocketAddress[]): Resolver =>
    createCachingResolver(
      createResolver(to, random, (address, state, error) => onUpstream({ domain, address, state, error })),
      seconds,
    );
  const general = open(null, upstreams);
  if (split.length === 0) return general;
  const byDomain = new Map<string, Resolver>();
  for (const { domain, upstreams: to } of split) {
    const name = nameAsBytes(domain);
    if (name !== null) byDomain.set(Buffer.from(name).toString('latin1'), open(domain, to));
  }

  return {
    resolve(lookup, done) {
      const { question } = lookup;
      const name = Buffer.from(question.subarray(0, question.length - 4))
        .toString('latin1')
        // RFC 4343: ASCII letters and nothing else; length bytes are below them.
        .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      for (let at = 0; at < name.length; at += name.charCodeAt(at) + 1) {
        const own = byDomain.get(name.slice(at));
        if (own !== undefined) return own.resolve(lookup, done);
      }
      general.resolve(lookup, done);
    },
    setUpstreams: (changed) => general.setUpstreams(changed),
    close() {
      general.close();
      for (const own of byDomain.values()) own.close();
    },
  };
}
