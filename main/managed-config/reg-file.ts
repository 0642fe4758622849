import { isUtf8 } from 'node:buffer';
import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { type Content, malformed, saysNothing } from './reading.ts';
import { type RegistryValue, same } from './reg-query.ts';
import { DOCKER_KEY, PORTCULLIS_KEY, parseDockerKey, parsePortcullisKey } from './windows-registry.ts';

/** What a file that is to be imported into the registry would enforce. */
export interface RegistryFile {
  organizations: Content<string[]>;
  settings: Content<PortcullisSettings>;
}

interface WrittenValue extends RegistryValue {
  line: number;
}

/** Thrown where the file cannot be taken apart. */
class Flaw extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** Reads a `.reg` file, version 5.00, as the Registry Editor exports and imports it: UTF-16, or ASCII. */
export function parseRegFile(bytes: Uint8Array): RegistryFile {
  let keys: Map<string, WrittenValue[]>;
  try {
    keys = keysIn(textOf(bytes));
  } catch (error) {
    if (!(error instanceof Flaw)) throw error;
    return {
      organizations: malformed({ code: 'reg-syntax', message: error.message, line: error.line, column: 1 }),
      settings: saysNothing,
    };
  }
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
  throw new Flaw('The file is neither UTF-16 nor ASCII. Save it as "Unicode" (UTF-16 LE).', 1);
}

function keysIn(text: string): Map<string, WrittenValue[]> {
  const lines = text.split(/\r?\n/);
  if (lines[0]?.trim() !== 'Windows Registry Editor Version 5.00') {
    throw new Flaw('The first line must be: Windows Registry Editor Version 5.00', 1);
  }
  const keys = new Map<string, WrittenValue[]>();
  let values: WrittenValue[] = [];
  for (let index = 1; index < lines.length; index += 1) {
    const number = index + 1;
    let line = lines[index]?.trim() ?? '';
    // A long value goes on in the next line, behind a backslash.
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
    if (values.some(({ name }) => same(name, value.name))) {
      throw new Flaw(`The value "${value.name}" stands twice in one key. Keep one of the two.`, number);
    }
    values.push(value);
  }
  return keys;
}

/** null for a value that is to be deleted. */
function valueIn(line: string, number: number): WrittenValue | null {
  const [, quoted, data] = /^(@|"(?:[^"\\]|\\.)*")=(.*)$/.exec(line) ?? [];
  if (quoted === undefined || data === undefined) throw new Flaw('This line is no value of a registry file.', number);
  const name = quoted === '@' ? '(Default)' : unescaped(quoted);
  const value = (type: string, text: string): WrittenValue => ({ name, type, data: text, exact: true, line: number });
  if (data === '-') return null;
  if (/^"(?:[^"\\]|\\.)*"$/.test(data)) return value('REG_SZ', unescaped(data));
  const [, dword] = /^dword:([0-9a-f]{1,8})$/i.exec(data) ?? [];
  if (dword !== undefined) return value('REG_DWORD', `0x${dword}`);
  const [, kind, hex] = /^hex(?:\(([0-9a-f]+)\))?:((?:[0-9a-f]{2}(?:,[0-9a-f]{2})*)?)$/i.exec(data) ?? [];
  if (hex === undefined) throw new Flaw(`The data of "${name}" cannot be read.`, number);
  if (kind !== '7') return value('REG_BINARY', hex);
  const text = Buffer.from(hex.replaceAll(',', ''), 'hex').toString('utf16le');
  // Each string ends with a NUL, and the list with one more; regedit is content without that.
  return value('REG_MULTI_SZ', text.replace(/\0{1,2}$/, '').replaceAll('\0', '\\0'));
}

function unescaped(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
}
