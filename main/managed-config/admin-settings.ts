import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { parseStrictJson } from '../platform/fs/strict-json.ts';
import { MAX_FILE_BYTES } from './file-source.ts';
import { emptyReading, malformed, type Reading, type Source, type SourceContent } from './source.ts';
import { readTrustedFile, type TrustRule } from './trusted-file.ts';

/**
 * Docker Desktop's `admin-settings.json`. Alone it makes Docker Desktop ask for a sign-in, with any account: it names no organization, so
 * nothing can be enforced here by it. That is worth a warning, because whoever deployed it expected a restriction.
 *
 * @param file as the warning names it.
 */
export function parseAdminSettings(bytes: Uint8Array, file: string): SourceContent<string[]> {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return malformed(parsed.problem);
  return { verdict: 'absent', problems: [problem('admin-settings-without-organization', { file: printable(file) })] };
}

/** Never decides anything, whatever is in it and whoever wrote it: what is wrong with it is a warning. */
export function adminSettingsFile(path: string, rule: TrustRule): Source {
  const location = { file: path, kind: 'admin-settings-json' } as const;
  return {
    provides: 'organizations',
    watch: path,
    async read(): Promise<Reading> {
      const outcome = await readTrustedFile(path, rule, MAX_FILE_BYTES);
      switch (outcome.kind) {
        case 'absent':
          return emptyReading(location, 'absent');
        case 'untrusted':
          return emptyReading(location, 'absent', outcome.problems);
        case 'too-large':
        case 'unreadable':
          return emptyReading(location, 'absent', [outcome.problem]);
        case 'trusted':
          return emptyReading(location, 'absent', parseAdminSettings(outcome.bytes, path).problems);
      }
    },
  };
}
