import type { Duplex } from 'node:stream';

export interface UnsentLimits {
  /** Bytes that one peer may leave untaken. */
  perPeer: number;
  /** Bytes that all peers together may leave untaken: the one that has kept us waiting longest is dropped first. */
  total: number;
  /** Milliseconds that a peer may leave untaken what does not fit into its buffers. */
  stalled: number;
}

/** What the peers of one listener have been sent and have not taken, which is memory of ours: bounded here. */
export interface Unsent {
  /** Call it after each write to `peer`. Drops whoever exceeds the limits. */
  wrote(peer: Duplex): void;
  /** Bytes that wait for peers that are behind. */
  waiting(): number;
}

export const LOCAL_UNSENT: UnsentLimits = { perPeer: 4 * 1024 * 1024, total: 16 * 1024 * 1024, stalled: 30_000 };

/**
 * A peer is behind once the stream asks to be drained, and until it has taken everything. What others have been sent stays below the
 * stream's own high-water mark, so it is bounded by the number of connections.
 */
export function createUnsent({ perPeer, total, stalled }: UnsentLimits): Unsent {
  /** Longest behind first. */
  const behind = new Map<Duplex, NodeJS.Timeout>();
  const forget = (peer: Duplex): void => {
    clearTimeout(behind.get(peer));
    behind.delete(peer);
  };
  const drop = (peer: Duplex): void => {
    forget(peer);
    peer.destroy();
  };
  const waiting = (): number => {
    let sum = 0;
    for (const peer of behind.keys()) sum += peer.writableLength;
    return sum;
  };

  return {
    waiting,
    wrote(peer) {
      if (peer.destroyed || !peer.writableNeedDrain) return;
      if (!behind.has(peer)) {
        behind.set(
          peer,
          setTimeout(() => drop(peer), stalled),
        );
        peer.once('drain', () => forget(peer));
        peer.once('close', () => forget(peer));
      }
      if (peer.writableLength > perPeer) drop(peer);
      for (const [longest] of behind) {
        if (waiting() <= total) break;
        drop(longest);
      }
    },
  };
}
