import { createClientFilter } from '../client-filter.ts';

/** What one client may ask of the upstreams, per thread and view. Denied questions cost next to nothing and do not count. */
export interface ClientLimits {
  /** Over UDP: the rate, and the burst after a second of quiet. */
  perSecond: number;
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
}

const MAX_CLIENTS = 4096;

export interface ClientTable {
  /** null for an address outside `allowFrom`. */
  find(address: string): Client | null;
  /** Whether the client may ask one more question over UDP now. */
  consumeToken(client: Client): boolean;
  isBelowInFlightLimit(client: Client): boolean;
}

/**
 * Clients by address. Above `MAX_CLIENTS` the one that came first is forgotten, with the tokens it had used.
 * @param seconds time that never runs backwards
 * @throws ProblemError where `allowFrom` has something that is no CIDR block
 */
export function createClientTable(
  allowFrom: readonly string[],
  limits: ClientLimits,
  seconds: () => number,
): ClientTable {
  const isAllowed = createClientFilter(allowFrom);
  const clients = new Map<string, Client>();
  return {
    find(address) {
      const known = clients.get(address);
      if (known !== undefined) return known;
      if (!isAllowed(address)) return null;
      const client = { inFlight: 0, tokens: limits.perSecond, refilledAt: seconds() };
      clients.set(address, client);
      const [oldest] = clients.keys();
      if (clients.size > MAX_CLIENTS && oldest !== undefined) clients.delete(oldest);
      return client;
    },
    consumeToken(client) {
      const now = seconds();
      client.tokens = Math.min(limits.perSecond, client.tokens + (now - client.refilledAt) * limits.perSecond);
      client.refilledAt = now;
      if (client.tokens < 1) return false;
      client.tokens -= 1;
      return true;
    },
    isBelowInFlightLimit: (client) => client.inFlight < limits.inFlight,
  };
}
