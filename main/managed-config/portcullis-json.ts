import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { type Position, problemAt } from '../platform/fs/file-problem.ts';
import { type JsonDocument, parseStrictJson, positionOfPath } from '../platform/fs/strict-json.ts';
import { MAX_PROBLEMS } from './organizations.ts';
import { conflictsIn } from './setting-conflicts.ts';
import { problemOfSetting } from './setting-problem.ts';
import { malformed, type SourceContent } from './source.ts';

/**
 * Our own settings, `portcullis.json`. One faulty setting makes the whole file malformed: without it this program would do
 * without the policy key or server that the administrator meant, and nobody would notice. Unknown settings are ignored with a
 * warning, so that one file serves several versions of this program.
 */
export function parsePortcullisJson(bytes: Uint8Array): SourceContent<PortcullisSettings> {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return malformed(parsed.problem);
  return parseSettings(parsed.value.value, parsed.value);
}

/** @param document none for settings from a native store, which has no lines. */
export function parseSettings(value: unknown, document?: JsonDocument): SourceContent<PortcullisSettings> {
  const result = PortcullisSettings.safeParse(value);
  if (!result.success) {
    const problems = result.error.issues.map((issue) =>
      problemAt(document && positionOfPath(issue.path, document), problemOfSetting(issue, value)),
    );
    return malformed(...problems.slice(0, MAX_PROBLEMS));
  }
  const conflicts = conflictsIn(result.data).map(({ setting, problem }) =>
    problemAt(positionOfKey(setting, document), problem),
  );
  if (conflicts.length > 0) return malformed(...conflicts.slice(0, MAX_PROBLEMS));
  const unknown = Object.keys(value as object)
    .filter((key) => !Object.hasOwn(PortcullisSettings.shape, key))
    .map((key) => problemAt(positionOfKey(key, document), problem('setting-unknown', { setting: printable(key) })));
  return { verdict: 'present', value: result.data, problems: unknown.slice(0, MAX_PROBLEMS) };
}

function positionOfKey(key: string, document: JsonDocument | undefined): Position | undefined {
  const member = document?.root.children?.find(({ children }) => children?.[0]?.value === key);
  return member && document?.positionAt(member.offset);
}
