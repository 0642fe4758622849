/** The last answer of the server, whatever it was. */
export interface Contact {
  /** Its `Date` header (RFC 9110 section 6.6.1), milliseconds since 1970: what this machine's clock is compared with. */
  serverTime: number | null;
}

export type PolicyAnswer =
  | { kind: 'document'; document: string; etag: string | null; contact: Contact }
  | { kind: 'not-modified'; contact: Contact };

/** What the server announces of its own accord. */
export interface ServerEvents {
  /** The policy has another revision. */
  onRevision(revision: number): void;
  /** A request of this user for access was decided. */
  onRequest(): void;
  /** Within how many milliseconds the server can take all its streams back, should they end. */
  onRetry(ms: number): void;
}

/**
 * Where the policy of one organization comes from. Every method throws a `ProblemError`; its results have not been
 * verified. `membership` and `events` are null where the source is a file on a web server.
 */
export interface PolicySource {
  /** @param etag of the document (or its date, for a file: whatever the source called so) that is held; null fetches it in any case. */
  policy(etag: string | null, signal: AbortSignal): Promise<PolicyAnswer>;
  /** null: nothing newer than what is held. */
  readonly membership: ((signal: AbortSignal) => Promise<string | null>) | null;
  /**
   * Resolves once the stream is open (or null: the server has none), and then tells of each event until `ended` settles.
   */
  readonly events: ((heard: ServerEvents, signal: AbortSignal) => Promise<{ ended: Promise<void> } | null>) | null;
}
