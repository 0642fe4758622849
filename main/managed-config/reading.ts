import type { FileProblem, PortcullisSettings, SourceReading } from '../../shared/schemas/managed-config.ts';

/** What the content of a source comes to, wherever it was read from. `problems` of a present one are warnings. */
export type Content<T> =
  | { verdict: 'present'; value: T; problems: FileProblem[] }
  | { verdict: 'malformed'; problems: FileProblem[] }
  /** The container is in order, and says nothing on the matter: other settings of Docker Desktop live there too. */
  | { verdict: 'absent'; problems: [] };

/** What one attempt to read one source found. */
export interface Reading {
  source: SourceReading;
  settings: PortcullisSettings;
  /**
   * Set where the attempt itself failed: `io` at the source, which is therefore there; `shortage` in this process (no file
   * descriptor left), which says nothing about the source.
   */
  failure: 'io' | 'shortage' | null;
}

export const saysNothing: Content<never> = { verdict: 'absent', problems: [] };

/** A place that may hold organizations, or our own settings. */
export interface Source {
  readonly says: 'organizations' | 'settings';
  /** The file to watch; null where only asking again tells (the Windows registry). */
  readonly watch: string | null;
  /** Never rejects: what goes wrong is a reading too. */
  read(): Promise<Reading>;
}

export function malformed(...problems: FileProblem[]): Content<never> {
  return { verdict: 'malformed', problems };
}

type Place = Pick<SourceReading, 'file' | 'kind'>;
/** Which part of a reading a value is. */
export type PartOf<T> = (value: T) => Pick<Reading, 'settings'> & Pick<SourceReading, 'allowedOrgs'>;

export const asOrganizations: PartOf<string[]> = (allowedOrgs) => ({ allowedOrgs, settings: {} });
export const asSettings: PartOf<PortcullisSettings> = (settings) => ({ allowedOrgs: [], settings });

/** A place of which nothing counts but how it stands. */
export function emptyReading(
  place: Place,
  verdict: SourceReading['verdict'],
  problems: FileProblem[] = [],
  failure: Reading['failure'] = null,
): Reading {
  return { source: { ...place, verdict, allowedOrgs: [], problems }, settings: {}, failure };
}

/** A place with what its content says. */
export function readingOf<T>(place: Place, content: Content<T>, partOf: PartOf<T>): Reading {
  const reading = emptyReading(place, content.verdict, content.problems);
  if (content.verdict !== 'present') return reading;
  const { allowedOrgs, settings } = partOf(content.value);
  return { ...reading, source: { ...reading.source, allowedOrgs }, settings };
}
