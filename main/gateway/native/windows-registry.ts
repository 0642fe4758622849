import type { QueryRegistry, RegistryValue } from '../../managed-config/reg-query.ts';
import { openWindowsCalls, type WindowsCalls, windowsError } from './windows-calls.ts';

/** One value, with the number of its type: REG_SZ 1, REG_DWORD 4, REG_MULTI_SZ 7. */
export interface RegistryData {
  type: number;
  data: Buffer;
}

/** `HKEY_LOCAL_MACHINE`, in the 64-bit view. */
export interface Registry {
  /** null where there is no such value. @throws Error with Windows' number as its `code`. */
  read(key: string, name: string): RegistryData | null;
  /** The names of a key's values, but for the one without a name, and of the keys below it; null where there is no such key. */
  list(key: string): { values: string[]; keys: string[] } | null;
  /** Makes the key where it is missing. null removes the value, and the key if nothing is left in it. */
  write(key: string, name: string, value: RegistryData | null): void;
}

export const REG_SZ = 1;
export const REG_DWORD = 4;
export const REG_MULTI_SZ = 7;

const MACHINE = 0x80000002;
const PREFIX = 'HKEY_LOCAL_MACHINE\\';
const VIEW_64 = 0x100;
const READ = 0x20019 | VIEW_64;
const WRITE = 0x20006 | VIEW_64;
const ERROR_FILE_NOT_FOUND = 2;
const ERROR_NO_MORE_ITEMS = 259;
/** Longer than any name of a value or key. */
const MAX_NAME = 16_384;
/** As long as a value may be that is read here. */
const MAX_BYTES = 1024 * 1024;

export function text(value: string): RegistryData {
  return { type: REG_SZ, data: Buffer.from(`${value}\0`, 'utf16le') };
}

export function texts(values: readonly string[]): RegistryData {
  return { type: REG_MULTI_SZ, data: Buffer.from(`${values.map((value) => `${value}\0`).join('')}\0`, 'utf16le') };
}

export function flag(value: boolean): RegistryData {
  return { type: REG_DWORD, data: Buffer.from([value ? 1 : 0, 0, 0, 0]) };
}

/** null where koffi is missing, and except on Windows. */
export async function openRegistry(): Promise<Registry | null> {
  const calls = await openWindowsCalls();
  return calls === null ? null : registryBy(calls);
}

const TYPES = ['NONE', 'SZ', 'EXPAND_SZ', 'BINARY', 'DWORD', 'DWORD_BIG_ENDIAN', 'LINK', 'MULTI_SZ'];

/** One value as `reg.exe` prints it. */
export function asPrinted({ type, data }: RegistryData): Pick<RegistryValue, 'type' | 'data'> {
  const name = type === 11 ? 'REG_QWORD' : `REG_${TYPES[type] ?? type}`;
  const letters = (): string =>
    data
      .subarray(0, data.length & ~1)
      .toString('utf16le')
      .replace(/\0+$/, '');
  switch (name) {
    case 'REG_SZ':
    case 'REG_EXPAND_SZ':
      return { type: name, data: letters() };
    case 'REG_MULTI_SZ':
      return { type: name, data: letters().replaceAll('\0', '\\0') };
    case 'REG_DWORD':
      return { type: name, data: data.length === 4 ? `0x${data.readUInt32LE().toString(16)}` : '' };
    case 'REG_QWORD':
      return { type: name, data: data.length === 8 ? `0x${data.readBigUInt64LE().toString(16)}` : '' };
    default:
      return { type: name, data: data.toString('hex').toUpperCase() };
  }
}

/** Reads keys without starting a program for each, with all their letters. */
export function queryBy(registry: Registry): QueryRegistry {
  return async (key) => {
    try {
      const listed = registry.list(key);
      if (listed === null) return { kind: 'absent' };
      const values = listed.values.map((name): RegistryValue => {
        const value = registry.read(key, name) ?? { type: 0, data: Buffer.alloc(0) };
        return { name, exact: true, ...asPrinted(value) };
      });
      return { kind: 'present', values, subkeys: listed.keys.map((name) => `${key}\\${name}`) };
    } catch (error) {
      return { kind: 'failed', failure: 'io', cause: error instanceof Error ? error.message : String(error) };
    }
  };
}

function registryBy(calls: WindowsCalls): Registry {
  const open = calls.func(
    'advapi32',
    'int RegOpenKeyExW(uint64_t top, str16 key, uint32_t options, uint32_t access, _Out_ uint64_t *opened)',
  );
  const create = calls.func(
    'advapi32',
    'int RegCreateKeyExW(uint64_t top, str16 key, uint32_t reserved, void *class, uint32_t options, uint32_t access, void *security, _Out_ uint64_t *opened, void *how)',
  );
  const query = calls.func(
    'advapi32',
    'int RegQueryValueExW(uint64_t key, str16 name, void *reserved, _Out_ uint32_t *type, _Out_ uint8_t *data, _Inout_ uint32_t *size)',
  );
  const set = calls.func(
    'advapi32',
    'int RegSetValueExW(uint64_t key, str16 name, uint32_t reserved, uint32_t type, const uint8_t *data, uint32_t size)',
  );
  const remove = calls.func('advapi32', 'int RegDeleteValueW(uint64_t key, str16 name)');
  const removeKey = calls.func(
    'advapi32',
    'int RegDeleteKeyExW(uint64_t top, str16 key, uint32_t view, uint32_t reserved)',
  );
  const information = calls.func(
    'advapi32',
    'int RegQueryInfoKeyW(uint64_t key, void *class, void *length, void *reserved, _Out_ uint32_t *keys, void *longest, void *longestClass, _Out_ uint32_t *values, void *longestName, void *longestValue, void *security, void *written)',
  );
  const enumValue = calls.func(
    'advapi32',
    'int RegEnumValueW(uint64_t key, uint32_t index, _Out_ uint16_t *name, _Inout_ uint32_t *length, void *reserved, void *type, void *data, void *size)',
  );
  const enumKey = calls.func(
    'advapi32',
    'int RegEnumKeyExW(uint64_t key, uint32_t index, _Out_ uint16_t *name, _Inout_ uint32_t *length, void *reserved, void *class, void *size, void *written)',
  );
  const close = calls.func('advapi32', 'int RegCloseKey(uint64_t key)');

  /** Each name that `next` has, until it has no more. */
  function names(call: string, next: (index: number, name: Uint16Array, length: number[]) => number): string[] {
    const found: string[] = [];
    const name = new Uint16Array(MAX_NAME);
    for (;;) {
      const length = [name.length];
      const code = next(found.length, name, length);
      if (code === ERROR_NO_MORE_ITEMS) return found;
      check(call, code);
      found.push(Buffer.from(name.buffer, 0, 2 * (length[0] ?? 0)).toString('utf16le'));
    }
  }

  const below = (key: string): string => (key.startsWith(PREFIX) ? key.slice(PREFIX.length) : key);
  const check = (call: string, code: number): void => {
    if (code !== 0) throw windowsError(call, code);
  };
  function openKey(key: string, access: number): bigint | null {
    const opened: (number | bigint)[] = [0];
    const code = open(MACHINE, below(key), 0, access, opened);
    if (code === ERROR_FILE_NOT_FOUND) return null;
    check('RegOpenKeyEx', code);
    return BigInt(opened[0] ?? 0);
  }

  return {
    list(key) {
      const opened = openKey(key, READ);
      if (opened === null) return null;
      try {
        const values = names('RegEnumValue', (index, name, length) =>
          enumValue(opened, index, name, length, null, null, null, null),
        );
        const keys = names('RegEnumKeyEx', (index, name, length) =>
          enumKey(opened, index, name, length, null, null, null, null),
        );
        return { values: values.filter((name) => name !== ''), keys };
      } finally {
        close(opened);
      }
    },
    read(key, name) {
      const opened = openKey(key, READ);
      if (opened === null) return null;
      try {
        const type = [0];
        const data = Buffer.alloc(MAX_BYTES);
        const size = [data.length];
        const code = query(opened, name, null, type, data, size);
        if (code === ERROR_FILE_NOT_FOUND) return null;
        check('RegQueryValueEx', code);
        return { type: type[0] ?? 0, data: Buffer.from(data.subarray(0, size[0] ?? 0)) };
      } finally {
        close(opened);
      }
    },
    write(key, name, value) {
      if (value === null) return removeValue(key, name);
      const opened: (number | bigint)[] = [0];
      check('RegCreateKeyEx', create(MACHINE, below(key), 0, null, 0, WRITE, null, opened, null));
      const made = BigInt(opened[0] ?? 0);
      try {
        check('RegSetValueEx', set(made, name, 0, value.type, value.data, value.data.length));
      } finally {
        close(made);
      }
    },
  };

  function removeValue(key: string, name: string): void {
    const opened = openKey(key, READ | WRITE);
    if (opened === null) return;
    const keys = [0];
    const values = [0];
    try {
      const code = remove(opened, name);
      if (code !== ERROR_FILE_NOT_FOUND) check('RegDeleteValue', code);
      check('RegQueryInfoKey', information(opened, null, null, null, keys, null, null, values, null, null, null, null));
    } finally {
      close(opened);
    }
    if (keys[0] === 0 && values[0] === 0) check('RegDeleteKeyEx', removeKey(MACHINE, below(key), VIEW_64, 0));
  }
}
