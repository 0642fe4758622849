import { clientFilter } from '../client-filter.ts';

/** What one client may ask of the upstreams; refusals cost next to nothing and are not counted. For each thread and view. */
export interface ClientLimits {
  /** Over UDP: the rate, and as many at once after a second of quiet. */
  perSecond: number;
  /** Under way at once. */
  inFlight: number;
}

export interface Client {
  /** Questions of it that wait for an upstream; whoever passes one on counts it. */
  inFlight: number;
  tokens: number;
  /** When tokens were last added, in seconds. */
  at: number;
}

const REMEMBERED = 4096;

export interface ClientTable {
  /** null for who is outside `allowFrom`. */
  find(address: string): Client | null;
  /** Whether it may ask one more question over UDP now. */
  take(client: Client): boolean;
  mayWait(client: Client): boolean;
}

/**
 * Clients by address, a bounded number of them: the one that came first is forgotten first, with what it had used up.
 * @param seconds time that never runs backwards
 * @throws ProblemError `bad-config` for what is no CIDR block.
 */
export function createClientTable(
  allowFrom: readonly string[],
  limits: ClientLimits,
  seconds: () => number,
): ClientTable {
  const isKnown = clientFilter(allowFrom);
  const clients = new Map<string, Client>();
  return {
    find(address) {
      const known = clients.get(address);
      if (known !== undefined) return known;
      if (!isKnown(address)) return null;
      const client = { inFlight: 0, tokens: limits.perSecond, at: seconds() };
      clients.set(address, client);
      const [oldest] = clients.keys();
      if (clients.size > REMEMBERED && oldest !== undefined) clients.delete(oldest);
      return client;
    },
    take(client) {
      const now = seconds();
      client.tokens = Math.min(limits.perSecond, client.tokens + (now - client.at) * limits.perSecond);
      client.at = now;
      if (client.tokens < 1) return false;
      client.tokens -= 1;
      return true;
    },
    mayWait: (client) => client.inFlight < limits.inFlight,
  };
}
