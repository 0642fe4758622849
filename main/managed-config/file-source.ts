import type { PortcullisSettings, SourceReading } from '../../shared/managed-config.ts';
import type { Content, Reading, Source } from './reading.ts';
import { problemOf, readTrustedFile, type TrustRule } from './trusted-file.ts';

/** No list of organizations or set of keys comes near this; a larger file was put there by mistake. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** What a file's bytes come to. */
export interface Format<T> {
  kind: SourceReading['kind'];
  judge(bytes: Buffer): Content<T>;
}

export function organizationsIn(path: string, format: Format<string[]>, rule: TrustRule): Source {
  return {
    says: 'organizations',
    watch: path,
    read: () => readFile(path, format, rule, (allowedOrgs) => ({ allowedOrgs, settings: {} })),
  };
}

export function settingsIn(path: string, format: Format<PortcullisSettings>, rule: TrustRule): Source {
  return {
    says: 'settings',
    watch: path,
    read: () => readFile(path, format, rule, (settings) => ({ allowedOrgs: [], settings })),
  };
}

async function readFile<T>(
  path: string,
  { kind, judge }: Format<T>,
  rule: TrustRule,
  said: (value: T) => { allowedOrgs: string[]; settings: PortcullisSettings },
): Promise<Reading> {
  const reading = (
    verdict: SourceReading['verdict'],
    problems: SourceReading['problems'] = [],
    failure: Reading['failure'] = null,
  ): Reading => ({ source: { file: path, kind, verdict, allowedOrgs: [], problems }, settings: {}, failure });

  const outcome = await readTrustedFile(path, rule, MAX_FILE_BYTES);
  switch (outcome.kind) {
    case 'absent':
      return reading('absent');
    case 'untrusted':
      return reading('unreadable', outcome.flaws.map(problemOf));
    case 'too-large':
      return reading('malformed', [outcome.problem]);
    case 'unreadable':
      return reading('unreadable', [outcome.problem], outcome.failure);
    case 'trusted': {
      const content = judge(outcome.bytes);
      const { source } = reading(content.verdict, content.problems);
      if (content.verdict !== 'present') return { source, settings: {}, failure: null };
      const { allowedOrgs, settings } = said(content.value);
      return { source: { ...source, allowedOrgs }, settings, failure: null };
    }
  }
}
