export const DNS_COUNTERS = ['allowed', 'denied', 'malformed', 'refused', 'failed', 'limited'] as const;

export type DnsCounter = (typeof DNS_COUNTERS)[number];

/** Each counter's place in the shared memory. */
const SLOT: Readonly<Record<DnsCounter, number>> = {
  allowed: 0,
  denied: 1,
  malformed: 2,
  refused: 3,
  failed: 4,
  limited: 5,
};

/** The counters of one DNS thread, in memory that it shares with the main thread. Only the DNS thread writes them. */
export class DnsCounters {
  readonly #values: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#values = new Float64Array(memory);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(DNS_COUNTERS.length * Float64Array.BYTES_PER_ELEMENT);
  }

  increment(counter: DnsCounter): void {
    const slot = SLOT[counter];
    this.#values[slot] = (this.#values[slot] as number) + 1;
  }

  get(counter: DnsCounter): number {
    return this.#values[SLOT[counter]] as number;
  }
}

/** The counters of all threads together. */
export function sumCounters(threads: readonly DnsCounters[]): Record<DnsCounter, number> {
  const sum = (counter: DnsCounter): number => threads.reduce((total, thread) => total + thread.get(counter), 0);
  return Object.fromEntries(DNS_COUNTERS.map((counter) => [counter, sum(counter)])) as Record<DnsCounter, number>;
}
