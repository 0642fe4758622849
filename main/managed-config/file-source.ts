import type { PortcullisSettings, SourceReading } from '../../shared/schemas/managed-config.ts';
import {
  asOrganizations,
  asSettings,
  type Content,
  emptyReading,
  type PartOf,
  type Reading,
  readingOf,
  type Source,
} from './reading.ts';
import { problemOf, readTrustedFile, type TrustRule } from './trusted-file.ts';

/** No list of organizations or set of keys comes near this; a larger file was put there by mistake. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** What a file's bytes come to. */
export interface Format<T> {
  kind: SourceReading['kind'];
  judge(bytes: Buffer): Content<T>;
}

export function organizationsIn(path: string, format: Format<string[]>, rule: TrustRule): Source {
  return { says: 'organizations', watch: path, read: () => readFile(path, format, rule, asOrganizations) };
}

export function settingsIn(path: string, format: Format<PortcullisSettings>, rule: TrustRule): Source {
  return { says: 'settings', watch: path, read: () => readFile(path, format, rule, asSettings) };
}

async function readFile<T>(
  file: string,
  { kind, judge }: Format<T>,
  rule: TrustRule,
  partOf: PartOf<T>,
): Promise<Reading> {
  const place = { file, kind };
  const outcome = await readTrustedFile(file, rule, MAX_FILE_BYTES);
  switch (outcome.kind) {
    case 'absent':
      return emptyReading(place, 'absent');
    case 'untrusted':
      return emptyReading(place, 'unreadable', outcome.flaws.map(problemOf));
    case 'too-large':
      return emptyReading(place, 'malformed', [outcome.problem]);
    case 'unreadable':
      return emptyReading(place, 'unreadable', [outcome.problem], outcome.failure);
    case 'trusted':
      return readingOf(place, judge(outcome.bytes), partOf);
  }
}
