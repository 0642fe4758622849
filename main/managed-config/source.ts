import type { FileProblem, PortcullisSettings, SourceState } from '../../shared/schemas/managed-config.ts';

/** What a source contains, wherever it was read from. The problems of a present one are warnings. */
export type SourceContent<T> =
  | { verdict: 'present'; value: T; problems: FileProblem[] }
  | { verdict: 'malformed'; problems: FileProblem[] }
  /** Well-formed, but without our setting: other settings of Docker Desktop live there too. */
  | { verdict: 'absent'; problems: FileProblem[] };

export const absent = { verdict: 'absent', problems: [] } satisfies SourceContent<never>;

export function malformed(...problems: FileProblem[]): SourceContent<never> {
  return { verdict: 'malformed', problems };
}

/** The result of reading one source once. */
export interface Reading {
  source: SourceState;
  settings: PortcullisSettings;
  /**
   * Set where reading itself failed: `io` at the source, which therefore exists; `shortage` in this process (no file descriptor
   * left), which tells nothing about the source.
   */
  failure: 'io' | 'shortage' | null;
}

/** A place that may hold organizations, or our own settings. */
export interface Source {
  readonly provides: 'organizations' | 'settings';
  /** The file to watch; null where only polling helps (the Windows registry). */
  readonly watch: string | null;
  /** Never rejects: a failure is a reading too. */
  read(): Promise<Reading>;
}

type Location = Pick<SourceState, 'file' | 'kind'>;
/** The part of a reading that a parsed value fills. */
export type ReadingPart<T> = (value: T) => Pick<Reading, 'settings'> & Pick<SourceState, 'allowedOrgs'>;

export const organizationsPart: ReadingPart<string[]> = (allowedOrgs) => ({ allowedOrgs, settings: {} });
export const settingsPart: ReadingPart<PortcullisSettings> = (settings) => ({ allowedOrgs: [], settings });

/** A reading without a value. */
export function emptyReading(
  location: Location,
  verdict: SourceState['verdict'],
  problems: FileProblem[] = [],
  failure: Reading['failure'] = null,
): Reading {
  return { source: { ...location, verdict, allowedOrgs: [], problems }, settings: {}, failure };
}

export function readingOf<T>(location: Location, content: SourceContent<T>, part: ReadingPart<T>): Reading {
  const reading = emptyReading(location, content.verdict, content.problems);
  if (content.verdict !== 'present') return reading;
  const { allowedOrgs, settings } = part(content.value);
  return { ...reading, source: { ...reading.source, allowedOrgs }, settings };
}
