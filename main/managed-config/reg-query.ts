import { isUtf8 } from 'node:buffer';
import type { RunCommand } from '../platform/process/run-command.ts';

export interface RegistryValue {
  name: string;
  /** `REG_SZ`, `REG_MULTI_SZ`, … */
  type: string;
  /** As `reg.exe` prints it: the strings of a `REG_MULTI_SZ` are separated by `\0`, spelled as backslash and zero. */
  data: string;
  /** false where the output is in an unknown code page and contains more than ASCII. */
  exact: boolean;
}

export type RegistryKey =
  | { kind: 'absent' }
  | { kind: 'present'; values: RegistryValue[]; subkeys: string[] }
  | { kind: 'failed'; failure: 'io' | 'shortage'; cause: string };

/** Queries the key given by its full path, `HKEY_LOCAL_MACHINE\…`. Never rejects. */
export type QueryRegistry = (key: string) => Promise<RegistryKey>;

/** Exists on every Windows; a registry without it cannot be read. */
const TOP = 'HKEY_LOCAL_MACHINE\\SOFTWARE';
/** A healthy `reg.exe` needs some hundredths of a second. Milliseconds. */
const TIMEOUT = 10_000;

/**
 * Runs `reg.exe query`, which is on every Windows and needs no native code. It exits with 1 for any failure and explains it in the
 * system's language; so whether a key is missing is decided by the listing of its parent, which is the same in all languages.
 *
 * @param systemFolder `C:\Windows\System32`, as the system reports it: a name alone would be looked up in the user's PATH.
 */
export function regExe(run: RunCommand, systemFolder: string): QueryRegistry {
  const windows = systemFolder.replace(/\\[^\\]*$/, '');
  const query: QueryRegistry = async (key) => {
    // The 64-bit view: it is where policies are, whatever the bits of this process.
    const result = await run([`${systemFolder}\\reg.exe`, 'query', key, '/reg:64'], {
      env: { SystemRoot: windows, windir: windows },
      timeout: TIMEOUT,
    });
    if (result.kind === 'failed') {
      const shortage = result.errno === 'EAGAIN' || result.errno === 'ENOMEM' || result.errno === 'EMFILE';
      return { kind: 'failed', failure: shortage ? 'shortage' : 'io', cause: `reg.exe: ${result.cause}` };
    }
    if (result.code === 0) return parseQuery(result.stdout, key);

    const failed: RegistryKey = { kind: 'failed', failure: 'io', cause: `reg.exe exited with ${result.code}` };
    if (key.length <= TOP.length) return failed;
    const above = await query(key.slice(0, key.lastIndexOf('\\')));
    if (above.kind !== 'present') return above;
    return above.subkeys.some((subkey) => equalIgnoringCase(subkey, key)) ? failed : { kind: 'absent' };
  };
  return query;
}

/**
 * The listing of one key:
 *
 *     HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Docker\Docker Desktop
 *         allowedOrgs    REG_MULTI_SZ    acme\0globex
 *
 *     HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Docker\Docker Desktop\Below
 */
export function parseQuery(output: Uint8Array, key: string): RegistryKey {
  const { text, exact } = decode(output);
  const values: RegistryValue[] = [];
  const subkeys: string[] = [];
  let listed = false;
  let ours = false;
  for (const line of text.split(/\r?\n/)) {
    if (/^HKEY_/.test(line)) {
      ours = equalIgnoringCase(line.trimEnd(), key);
      listed ||= ours;
      if (!ours) subkeys.push(line.trimEnd());
      continue;
    }
    const [, name, type, data] = /^ {4}(.*?) {4}(REG_[A-Z_]+)(?: {4}(.*))?$/.exec(line) ?? [];
    if (!ours || name === undefined || type === undefined) continue;
    const ascii = /^[\0-\x7f]*$/.test(data ?? '');
    values.push({ name, type, data: data ?? '', exact: exact || ascii });
  }
  // A key without values of its own is not listed; its subkeys, if any, are listed alone.
  if (!listed && subkeys.some((subkey) => !subkey.toLowerCase().startsWith(`${key.toLowerCase()}\\`))) {
    return { kind: 'failed', failure: 'io', cause: 'reg.exe listed another key' };
  }
  return { kind: 'present', values, subkeys };
}

/**
 * To a pipe, `reg.exe` writes in the console's code page, which this process cannot find out; some hosts use UTF-8 or
 * UTF-16. ASCII is the same in all of them.
 */
function decode(output: Uint8Array): { text: string; exact: boolean } {
  const wide = (output[0] === 0xff && output[1] === 0xfe) || (output[1] === 0 && output[3] === 0);
  if (wide) return { text: new TextDecoder('utf-16le').decode(output), exact: true };
  if (isUtf8(output)) return { text: new TextDecoder('utf-8').decode(output), exact: true };
  return { text: new TextDecoder('latin1').decode(output), exact: false };
}

/** Registry names are case-insensitive. */
export function equalIgnoringCase(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
