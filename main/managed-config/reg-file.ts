import { isUtf8 } from 'node:buffer';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import type { FileProblem, PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { parse, problemAt, UnparsableFile } from '../platform/fs/file-problem.ts';
import { problemOfSpelling } from './organizations.ts';
import { valueOfHex } from './reg-hex.ts';
import { equalIgnoringCase, type RegistryValue } from './reg-query.ts';
import { absent, malformed, type SourceContent } from './source.ts';
import {
  DOCKER_KEY,
  ORGANIZATIONS_BELOW,
  PORTCULLIS_KEY,
  parseDockerKey,
  parsePortcullisKey,
} from './windows-registry.ts';

/** What a registry file would enforce once imported. */
export interface RegistryFile {
  organizations: SourceContent<string[]>;
  settings: SourceContent<PortcullisSettings>;
}

/** A key as the file leaves it behind. */
interface WrittenKey {
  /** As it is spelled in the file. */
  path: string;
  line: number;
  values: RegistryValue[];
  /** Deleted, and not created again below. */
  isDeleted: boolean;
}

const HEADERS = { 'Windows Registry Editor Version 5.00': 'utf16', REGEDIT4: 'ansi' } as const;
type StringBytes = (typeof HEADERS)[keyof typeof HEADERS];

/**
 * Parses a `.reg` file as the Registry Editor exports and imports it: version 5.00 in UTF-16 or ASCII, or the older REGEDIT4, in which the
 * bytes of a text are in the machine's code page.
 */
export function parseRegFile(bytes: Uint8Array): RegistryFile {
  const parsed = parse(() => keysIn(textOf(bytes)));
  if (!parsed.ok) return { organizations: malformed(parsed.problem), settings: absent };
  const keys = [...parsed.value.values()];
  const find = (path: string) => keys.find((key) => equalIgnoringCase(key.path, path));
  const docker = find(DOCKER_KEY);
  const ours = find(PORTCULLIS_KEY);
  const below = keys.find(({ path, isDeleted }) => !isDeleted && equalIgnoringCase(path, ORGANIZATIONS_BELOW));
  const slip = slipIn(keys, { docker: docker ?? below, ours });
  if (slip !== null) return { organizations: malformed(slip), settings: absent };
  return {
    organizations: parseDockerKey(docker?.values ?? [], below === undefined ? [] : [below.path]),
    settings: parsePortcullisKey(ours?.values ?? []),
  };
}

/** A key that is not where it is read: imported, the file would enforce nothing, or less than was meant, without a word. */
function slipIn(
  keys: WrittenKey[],
  found: { docker: WrittenKey | undefined; ours: WrittenKey | undefined },
): FileProblem | null {
  const others = keys.filter((key) => key !== found.docker && key !== found.ours);
  const missing = (expected: string[], seen: WrittenKey[]): FileProblem =>
    problemAt(
      { line: seen[0]?.line ?? 1, column: 1 },
      problem('reg-key-missing', { expected, found: seen.slice(0, MAX_SHOWN).map(({ path }) => shown(path)) }),
    );
  if (found.docker === undefined && found.ours === undefined) return missing([DOCKER_KEY, PORTCULLIS_KEY], others);
  const meant = others.filter(({ isDeleted }) => !isDeleted);
  const dockers = meant.filter((key) => isMeantAs(DOCKER_KEY, key) || key.values.some(isAllowedOrgs));
  if (found.docker === undefined && dockers.length > 0) return missing([DOCKER_KEY], dockers);
  const portcullises = meant.filter((key) => isMeantAs(PORTCULLIS_KEY, key));
  return found.ours === undefined && portcullises.length > 0 ? missing([PORTCULLIS_KEY], portcullises) : null;
}

const MAX_SHOWN = 3;

function shown(path: string): string {
  // A path is read as it is typed; `printable` doubles its backslashes.
  const text = printable(path).replaceAll('\\\\', '\\');
  return text.length > 90 ? `${text.slice(0, 90)}…` : text;
}

function isAllowedOrgs({ name }: RegistryValue): boolean {
  return equalIgnoringCase(name, 'allowedOrgs') || problemOfSpelling(name, undefined) !== null;
}

/** The same last part, whatever the hive, the view or white space. */
function isMeantAs(expected: string, { path }: WrittenKey): boolean {
  const lastOf = (key: string) => letters(key.replace(/\\+$/, '').split('\\').at(-1) ?? '');
  return lastOf(path) === lastOf(expected);
}

function letters(text: string): string {
  return text.toLowerCase().replace(/[^a-z]/g, '');
}

function textOf(bytes: Uint8Array): string {
  const [first, second, third] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  // What the Registry Editor does not import either.
  if (first === 0xfe && second === 0xff) throw invalid('UTF-16 in big-endian order; it must be little-endian', 1);
  if (first === 0xef && second === 0xbb && third === 0xbf) throw invalid('UTF-8; it must be UTF-16 or ASCII', 1);
  if (bytes.subarray(0, 200).includes(0)) throw invalid('UTF-16 without a byte order mark', 1);
  // regedit reads a file without a byte order mark in the machine's code page; what is ASCII is the same in all.
  if (isUtf8(bytes) && bytes.every((byte) => byte < 0x80)) return new TextDecoder('utf-8').decode(bytes);
  throw invalid('neither UTF-16 nor ASCII', 1);
}

function keysIn(text: string): Map<string, WrittenKey> {
  const lines = text.split(/\r?\n/);
  const header = lines[0]?.trim() ?? '';
  if (!Object.hasOwn(HEADERS, header)) {
    throw invalid('the first line must be: Windows Registry Editor Version 5.00', 1);
  }
  const stringBytes = HEADERS[header as keyof typeof HEADERS];
  const keys = new Map<string, WrittenKey>();
  let current: WrittenKey | null = null;
  for (let index = 1; index < lines.length; index += 1) {
    const number = index + 1;
    let line = lines[index]?.trim() ?? '';
    // A backslash continues a long value on the next line.
    while (line.endsWith('\\') && index + 1 < lines.length) {
      index += 1;
      line = line.slice(0, -1) + (lines[index]?.trim() ?? '');
    }
    if (line === '' || line.startsWith(';')) continue;
    const [, removed, path] = /^\[(-?)(.+)\]$/.exec(line) ?? [];
    if (path === undefined) {
      if (current === null) valueIn(line, number, stringBytes);
      else writeValue(current, line, number, stringBytes);
      continue;
    }
    current = removed ? null : openKey(keys, path, number);
    if (removed) deleteKey(keys, path, number);
  }
  return keys;
}

function openKey(keys: Map<string, WrittenKey>, path: string, line: number): WrittenKey {
  const before = keys.get(path.toLowerCase());
  const key = before && !before.isDeleted ? before : { path, line, values: [], isDeleted: false };
  keys.set(path.toLowerCase(), key);
  return key;
}

/** With every key below it. */
function deleteKey(keys: Map<string, WrittenKey>, path: string, line: number): void {
  const lower = path.toLowerCase();
  keys.set(lower, { path, line, values: [], isDeleted: true });
  const isBelow = (key: string) => key.startsWith(`${lower}\\`);
  for (const [below, key] of keys) if (isBelow(below)) keys.set(below, { ...key, values: [], isDeleted: true });
  // A file that deletes what is above deletes ours, and says so on purpose.
  for (const ours of [DOCKER_KEY, PORTCULLIS_KEY]) {
    const key = ours.toLowerCase();
    if (isBelow(key) && !keys.has(key)) keys.set(key, { path: ours, line, values: [], isDeleted: true });
  }
}

function writeValue(key: WrittenKey, line: string, number: number, stringBytes: StringBytes): void {
  const { value, name } = valueIn(line, number, stringBytes);
  const at = key.values.findIndex((other) => equalIgnoringCase(other.name, name));
  if (value === null) {
    if (at >= 0) key.values.splice(at, 1);
    return;
  }
  if (at >= 0) throw invalid(`the value "${printable(name)}" appears twice in one key`, number);
  key.values.push(value);
}

/** The value is null where it is to be deleted. */
function valueIn(
  line: string,
  number: number,
  stringBytes: StringBytes,
): { name: string; value: RegistryValue | null } {
  const [, quoted, data] = /^(@|"(?:[^"\\]|\\.)*")\s*=\s*(.*)$/.exec(line) ?? [];
  if (quoted === undefined || data === undefined) throw invalid('this line is not a value', number);
  const name = quoted === '@' ? '(Default)' : unescaped(quoted);
  const value = (type: string, text: string, exact = true) => ({ name, value: { name, type, data: text, exact } });
  if (data === '-') return { name, value: null };
  if (/^"(?:[^"\\]|\\.)*"$/.test(data)) return value('REG_SZ', unescaped(data));
  const [, dword] = /^dword:([0-9a-f]{1,8})$/i.exec(data) ?? [];
  if (dword !== undefined) return value('REG_DWORD', `0x${dword}`);
  const [, kind, hex] = /^hex(?:\(([0-9a-f]+)\))?:((?:[0-9a-f]{2}(?:,[0-9a-f]{2})*)?),?$/i.exec(data) ?? [];
  if (hex === undefined) throw invalid(`the data of "${printable(name)}" cannot be parsed`, number);
  const { type, text, exact } = valueOfHex(kind ?? '3', Buffer.from(hex.replaceAll(',', ''), 'hex'), stringBytes);
  return value(type, text, exact);
}

function unescaped(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
}

function invalid(cause: string, line: number): UnparsableFile {
  return new UnparsableFile(problemAt({ line, column: 1 }, problem('reg-syntax', {}, { cause })));
}
