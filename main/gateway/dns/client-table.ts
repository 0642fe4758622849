import { createClientFilter } from '../client-filter.ts';

/**
 * What one client may ask of the upstreams, per thread and view. Denied questions and cached answers cost next to nothing and do
 * not count.
 */
export interface ClientLimits {
  /** Over UDP: the rate, and the burst after a second of quiet. null: as many as the thread can take. */
  perSecond: number | null;
  /** Questions that wait for an upstream. */
  inFlight: number;
}

export interface Client {
  /** Its questions that wait for an upstream; whoever forwards one counts it. */
  inFlight: number;
  /** A token bucket: each question over UDP consumes one. */
  tokens: number;
  /** When tokens were last added, in seconds. */
  refilledAt: number;
  /** The last crowd that it was part of, and its questions since that began. */
  crowd: number;
  inCrowd: number;
}

const MAX_CLIENTS = 4096;

/**
 * Questions that are forwarded during one crowd, divided among those who ask. Enough for whoever asks little, and so few that the
 * others, answered in a tenth of the time, leave the queue at once. Then the next questions are forwarded again, whoever asks.
 */
const PER_CROWD = 256;
const LEAST_PER_CROWD = 8;

export interface ClientTable {
  /** null for an address outside `allowFrom`. */
  find(address: string): Client | null;
  /**
   * Whether the client may have one more question over UDP forwarded now.
   * @param crowd while more comes in than can be answered, the number of this crowd; else 0
   */
  mayForward(client: Client, crowd: number): boolean;
  isBelowInFlightLimit(client: Client): boolean;
}

/**
 * Clients by address. Above `MAX_CLIENTS` the one that came first is forgotten, with the tokens it had used.
 * @param seconds time that never runs backwards
 * @throws ClientBlockError where `allowFrom` has something that is no CIDR block
 */
export function createClientTable(
  allowFrom: readonly string[],
  { perSecond, inFlight }: ClientLimits,
  seconds: () => number,
): ClientTable {
  const isAllowed = createClientFilter(allowFrom);
  const clients = new Map<string, Client>();
  let latestCrowd = 0;
  let askersInCrowd = 0;

  const consumeToken = (client: Client, limit: number): boolean => {
    const now = seconds();
    client.tokens = Math.min(limit, client.tokens + (now - client.refilledAt) * limit);
    client.refilledAt = now;
    if (client.tokens < 1) return false;
    client.tokens -= 1;
    return true;
  };

  const consumeShare = (client: Client, crowd: number): boolean => {
    if (crowd !== latestCrowd) {
      latestCrowd = crowd;
      askersInCrowd = 0;
    }
    if (client.crowd !== crowd) {
      client.crowd = crowd;
      client.inCrowd = 0;
      askersInCrowd += 1;
    }
    client.inCrowd += 1;
    return client.inCrowd <= Math.max(LEAST_PER_CROWD, PER_CROWD / askersInCrowd);
  };

  return {
    find(address) {
      const known = clients.get(address);
      if (known !== undefined) return known;
      if (!isAllowed(address)) return null;
      const client = { inFlight: 0, tokens: perSecond ?? 0, refilledAt: seconds(), crowd: 0, inCrowd: 0 };
      clients.set(address, client);
      const [oldest] = clients.keys();
      if (clients.size > MAX_CLIENTS && oldest !== undefined) clients.delete(oldest);
      return client;
    },
    mayForward: (client, crowd) =>
      (crowd === 0 || consumeShare(client, crowd)) && (perSecond === null || consumeToken(client, perSecond)),
    isBelowInFlightLimit: (client) => client.inFlight < inFlight,
  };
}
