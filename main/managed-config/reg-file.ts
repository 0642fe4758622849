import { isUtf8 } from 'node:buffer';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { parse, problemAt, UnparsableFile } from './file-problem.ts';
import { equalIgnoringCase, type RegistryValue } from './reg-query.ts';
import { absent, malformed, type SourceContent } from './source.ts';
import { DOCKER_KEY, PORTCULLIS_KEY, parseDockerKey, parsePortcullisKey } from './windows-registry.ts';

/** What a registry file would enforce once imported. */
export interface RegistryFile {
  organizations: SourceContent<string[]>;
  settings: SourceContent<PortcullisSettings>;
}

interface WrittenValue extends RegistryValue {
  line: number;
}

/** Parses a `.reg` file, version 5.00, as the Registry Editor exports and imports it: UTF-16, or ASCII. */
export function parseRegFile(bytes: Uint8Array): RegistryFile {
  const parsed = parse(() => keysIn(textOf(bytes)));
  if (!parsed.ok) return { organizations: malformed(parsed.problem), settings: absent };
  const keys = parsed.value;
  const valuesOf = (key: string) => keys.get(key.toLowerCase()) ?? [];
  return {
    organizations: parseDockerKey(valuesOf(DOCKER_KEY)),
    settings: parsePortcullisKey(valuesOf(PORTCULLIS_KEY)),
  };
}

function textOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  // regedit reads a file without a byte order mark in the machine's code page; what is ASCII is the same in all.
  if (isUtf8(bytes) && bytes.every((byte) => byte < 0x80)) return new TextDecoder('utf-8').decode(bytes);
  throw invalid('neither UTF-16 nor ASCII', 1);
}

function keysIn(text: string): Map<string, WrittenValue[]> {
  const lines = text.split(/\r?\n/);
  if (lines[0]?.trim() !== 'Windows Registry Editor Version 5.00') {
    throw invalid('the first line must be: Windows Registry Editor Version 5.00', 1);
  }
  const keys = new Map<string, WrittenValue[]>();
  let values: WrittenValue[] = [];
  for (let index = 1; index < lines.length; index += 1) {
    const number = index + 1;
    let line = lines[index]?.trim() ?? '';
    // A backslash continues a long value on the next line.
    while (line.endsWith('\\') && index + 1 < lines.length) {
      index += 1;
      line = line.slice(0, -1) + (lines[index]?.trim() ?? '');
    }
    if (line === '' || line.startsWith(';')) continue;
    const [, removed, key] = /^\[(-?)(.+)\]$/.exec(line) ?? [];
    if (key !== undefined) {
      values = removed ? [] : (keys.get(key.toLowerCase()) ?? []);
      if (removed) keys.delete(key.toLowerCase());
      else keys.set(key.toLowerCase(), values);
      continue;
    }
    const value = valueIn(line, number);
    if (value === null) continue;
    if (values.some(({ name }) => equalIgnoringCase(name, value.name))) {
      throw invalid(`the value "${printable(value.name)}" appears twice in one key`, number);
    }
    values.push(value);
  }
  return keys;
}

/** null for a value that is to be deleted. */
function valueIn(line: string, number: number): WrittenValue | null {
  const [, quoted, data] = /^(@|"(?:[^"\\]|\\.)*")=(.*)$/.exec(line) ?? [];
  if (quoted === undefined || data === undefined) throw invalid('this line is not a value', number);
  const name = quoted === '@' ? '(Default)' : unescaped(quoted);
  const value = (type: string, text: string): WrittenValue => ({ name, type, data: text, exact: true, line: number });
  if (data === '-') return null;
  if (/^"(?:[^"\\]|\\.)*"$/.test(data)) return value('REG_SZ', unescaped(data));
  const [, dword] = /^dword:([0-9a-f]{1,8})$/i.exec(data) ?? [];
  if (dword !== undefined) return value('REG_DWORD', `0x${dword}`);
  const [, kind, hex] = /^hex(?:\(([0-9a-f]+)\))?:((?:[0-9a-f]{2}(?:,[0-9a-f]{2})*)?)$/i.exec(data) ?? [];
  if (hex === undefined) throw invalid(`the data of "${printable(name)}" cannot be parsed`, number);
  if (kind !== '7') return value('REG_BINARY', hex);
  const text = Buffer.from(hex.replaceAll(',', ''), 'hex').toString('utf16le');
  // Each string ends with a NUL, and the list with one more; regedit accepts it without that.
  return value('REG_MULTI_SZ', text.replace(/\0{1,2}$/, '').replaceAll('\0', '\\0'));
}

function unescaped(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
}

function invalid(cause: string, line: number): UnparsableFile {
  return new UnparsableFile(problemAt({ line, column: 1 }, problem('reg-syntax', {}, { cause })));
}
