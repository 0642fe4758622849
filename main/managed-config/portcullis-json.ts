import { findNodeAtLocation } from 'jsonc-parser';
import type { z } from 'zod';
import { type FileProblem, PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { pathInWords, schemaFault } from '../platform/fs/schema-fault.ts';
import { MAX_PROBLEMS, shown } from './organizations.ts';
import { type Content, malformed } from './reading.ts';
import { type JsonDocument, parseStrictJson } from './strict-json.ts';

/**
 * Our own settings, `portcullis.json`. A fault in one of them is a fault of the whole: the administrator wrote a policy
 * key or a server that this program would otherwise do without, and nobody would notice. Keys that we do not know are
 * told but do not count, so that one file serves several versions of this program.
 */
export function parsePortcullisJson(bytes: Uint8Array): Content<PortcullisSettings> {
  const parsed = parseStrictJson(bytes);
  if (!parsed.ok) return malformed(parsed.problem);
  return parseSettings(parsed.value.value, parsed.value);
}

/** The same judgement for settings that come from a native store, which has no lines. */
export function parseSettings(value: unknown, document?: JsonDocument): Content<PortcullisSettings> {
  const result = PortcullisSettings.safeParse(value);
  if (!result.success) {
    return malformed(...result.error.issues.slice(0, MAX_PROBLEMS).map((issue) => inWords(issue, document)));
  }
  const unknown: FileProblem[] = Object.keys(value as object)
    .filter((key) => !Object.hasOwn(PortcullisSettings.shape, key))
    .map((key) => ({
      code: 'setting-unknown',
      message: `The setting "${shown(key)}" is not known to this version and has no effect. Is it spelled right?`,
      ...spotOfKey(key, document),
    }));
  return { verdict: 'present', value: result.data, problems: unknown.slice(0, MAX_PROBLEMS) };
}

function inWords(issue: z.core.$ZodIssue, document: JsonDocument | undefined): FileProblem {
  if (issue.path.length === 0) {
    return {
      code: 'not-an-object',
      message: 'The file must be one JSON object: {"hub":"https://portcullis.example.com"}.',
      ...document?.spotOf(document.root.offset),
    };
  }
  return {
    code: 'setting-invalid',
    message: `"${shown(pathInWords(issue.path))}" cannot be used: it ${schemaFault(issue)}.`,
    ...spotOfPath(issue.path, document),
  };
}

/** The place of the value at `path`, or of the nearest thing around it where it is missing. */
function spotOfPath(path: PropertyKey[], document: JsonDocument | undefined) {
  if (document === undefined) return {};
  const segments = path.filter((part) => typeof part !== 'symbol');
  for (let length = segments.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(document.root, segments.slice(0, length));
    if (node !== undefined) return document.spotOf(node.offset);
  }
  return document.spotOf(document.root.offset);
}

function spotOfKey(key: string, document: JsonDocument | undefined) {
  const member = document?.root.children?.find(({ children }) => children?.[0]?.value === key);
  return document && member ? document.spotOf(member.offset) : {};
}
