/** Wrong device codes of one client, within the life of a code. */
const MAX_WRONG = 20;
const PERIOD_MS = 10 * 60_000;
/** Beyond this the client that began first is forgotten. */
const MAX_CLIENTS = 10_000;

/** Bounds how many device codes a client can try. A right code gives nothing back: anyone can have one made. */
export interface WrongCodes {
  /** Call it before a code is looked up; it counts as wrong until `right`. @returns milliseconds to wait, 0 to go ahead */
  begin(client: string): number;
  right(client: string): void;
}

/** @param now milliseconds since 1970 */
export function createWrongCodes(now: () => number): WrongCodes {
  const byClient = new Map<string, { count: number; since: number }>();
  return {
    begin(client) {
      const known = byClient.get(client);
      const entry = known !== undefined && now() - known.since < PERIOD_MS ? known : { count: 0, since: now() };
      if (entry.count >= MAX_WRONG) return Math.max(1, entry.since + PERIOD_MS - now());
      entry.count += 1;
      if (entry !== known) byClient.delete(client);
      byClient.set(client, entry);
      const [oldest] = byClient.keys();
      if (byClient.size > MAX_CLIENTS && oldest !== undefined) byClient.delete(oldest);
      return 0;
    },
    right(client) {
      const entry = byClient.get(client);
      if (entry !== undefined && entry.count > 0) entry.count -= 1;
    },
  };
}
