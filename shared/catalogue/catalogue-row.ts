import type { SpokenLanguage } from '../messages/languages.ts';

/**
 * A registry that everybody knows, and the further hosts a pull from it contacts, so that allowing `ghcr.io` is enough.
 * Hosts move: every row says where it was read and when. A pattern is a host, `*.suffix`, or a host with placeholders in angle
 * brackets, each standing for characters of one label; a placeholder of `matches` fills the same one of `companions`.
 */
export interface CatalogueRow {
  id: string;
  name: string;
  /** What the owner's address may look like for this row to apply. */
  matches: readonly string[];
  /** Only a registry answers at `matches`: the workload view denies those hosts unless the policy allows them. */
  dedicated: boolean;
  /** The host really dialled, where an image reference names another one. */
  contactedAs?: string;
  companions: readonly Companion[];
  /** Where the hosts are documented. */
  source: string;
  /** The day this row was last checked against it, YYYY-MM-DD. */
  checked: string;
  /** What the source does not say or could not be read, and what stands in for it. */
  unread?: string;
}

/** A sentence for whoever keeps the list, in every language. */
export type Note = Readonly<Record<SpokenLanguage, string>>;

export interface Companion {
  host: string;
  /** The only port contacted there; 443 where there is none. */
  port?: number;
  purpose: 'api' | 'token' | 'blobs';
  /** Only a registry answers at this host. */
  dedicated: boolean;
  /** Not allowed by itself: whoever needs it adds it as a line of the list, having read `note`. */
  optIn?: true;
  /** With `optIn`: pulls do without it today. */
  rarely?: true;
  /** Allowed because no pull does without it, although anyone can publish there: `note` warns of it. */
  open?: true;
  /** Contacted instead of another one only in some regions, by some clients, or before: allowed all the same. */
  alternative?: true;
  note?: Note;
}
