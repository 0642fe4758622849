import type { PortcullisSettings, SourceState } from '../../shared/schemas/managed-config.ts';
import {
  emptyReading,
  organizationsPart,
  type Reading,
  type ReadingPart,
  readingOf,
  type Source,
  type SourceContent,
  settingsPart,
} from './source.ts';
import { readTrustedFile, type TrustRule } from './trusted-file.ts';

/** No list of organizations or set of keys comes near this; a larger file was put there by mistake. */
export const MAX_FILE_BYTES = 1024 * 1024;

export interface FileFormat<T> {
  kind: SourceState['kind'];
  parse(bytes: Buffer): SourceContent<T>;
}

export function organizationsFile(path: string, format: FileFormat<string[]>, rule: TrustRule): Source {
  return { provides: 'organizations', watch: path, read: () => readFile(path, format, rule, organizationsPart) };
}

export function settingsFile(path: string, format: FileFormat<PortcullisSettings>, rule: TrustRule): Source {
  return { provides: 'settings', watch: path, read: () => readFile(path, format, rule, settingsPart) };
}

async function readFile<T>(
  file: string,
  { kind, parse }: FileFormat<T>,
  rule: TrustRule,
  part: ReadingPart<T>,
): Promise<Reading> {
  const location = { file, kind };
  const outcome = await readTrustedFile(file, rule, MAX_FILE_BYTES);
  switch (outcome.kind) {
    case 'absent':
      return emptyReading(location, 'absent');
    case 'untrusted':
      return emptyReading(location, 'unreadable', outcome.problems);
    case 'too-large':
      return emptyReading(location, 'malformed', [outcome.problem]);
    case 'unreadable':
      return emptyReading(location, 'unreadable', [outcome.problem], outcome.failure);
    case 'trusted':
      return readingOf(location, parse(outcome.bytes), part);
  }
}
