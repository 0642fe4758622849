import { win32 } from 'node:path';
import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { RunCommand } from '../platform/process/run-command.ts';
import type { TrustRule } from './trusted-file.ts';

/**
 * Who may change a file on Windows, by owner and access list, in the Security Descriptor Definition Language ([MS-DTYP] section
 * 2.5.1), which is the same in every language of Windows.
 */

/** SDDL aliases and SIDs of those who administer the machine anyway. */
const ADMINISTRATORS = new Set([
  'BA', // BUILTIN\Administrators
  'S-1-5-32-544',
  'SY', // NT AUTHORITY\SYSTEM
  'S-1-5-18',
  'LA', // the local Administrator
  'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464', // NT SERVICE\TrustedInstaller
]);

/** [MS-DTYP] section 2.4.3 and the rights of files, as bits and as SDDL spells them. */
const RIGHTS: Record<string, number> = {
  CC: 0x1,
  DC: 0x2,
  LC: 0x4,
  SW: 0x8,
  RP: 0x10,
  WP: 0x20,
  DT: 0x40,
  LO: 0x80,
  CR: 0x100,
  SD: 0x10000,
  RC: 0x20000,
  WD: 0x40000,
  WO: 0x80000,
  GA: 0x10000000,
  GX: 0x20000000,
  GW: 0x40000000,
  GR: 0x80000000,
  FA: 0x1f01ff,
  FR: 0x120089,
  FW: 0x120116,
  FX: 0x1200a0,
};
const DELETE = 0x10000;
const WRITE_DAC = 0x40000;
const WRITE_OWNER = 0x80000;
const GENERIC_ALL = 0x10000000;
const GENERIC_WRITE = 0x40000000;
const TAKE_OVER = DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_ALL;
/** FILE_WRITE_DATA and FILE_APPEND_DATA. */
const CHANGE_FILE = TAKE_OVER | GENERIC_WRITE | 0x2 | 0x4;
/** FILE_DELETE_CHILD. Adding files does not endanger existing ones, and is the default right of users in ProgramData. */
const CHANGE_FOLDER = TAKE_OVER | 0x40;

/** FILE_ADD_FILE and FILE_ADD_SUBDIRECTORY have the bits of writing to a file. */
const CHANGE_CONTENT = CHANGE_FILE | CHANGE_FOLDER;

/** `private-folder`: a file that somebody else adds to it would be believed. */
export type ProtectedPlace = 'file' | 'folder' | 'private-folder';
const FORBIDDEN: Record<ProtectedPlace, number> = {
  file: CHANGE_FILE,
  folder: CHANGE_FOLDER,
  'private-folder': CHANGE_CONTENT,
};

/**
 * What speaks against a file or folder with this security descriptor. One that cannot be parsed speaks against it.
 *
 * @param trusted SIDs that may change it, beside administrators.
 */
export function problemsOfDescriptor(
  path: string,
  sddl: string,
  what: ProtectedPlace,
  trusted: readonly string[] = [],
): Problem[] {
  const mayChange = (sid: string): boolean => ADMINISTRATORS.has(sid) || trusted.includes(sid);
  const unclear = problem('access-list-unclear', { path }, { cause: sddl.trim() });
  const [, owner, list] = /^O:([A-Z]{2}|S-[\d-]+)(?:G:(?:[A-Z]{2}|S-[\d-]+))?D:(.*)$/.exec(sddl.trim()) ?? [];
  const entries = list === undefined ? null : entriesOf(list);
  if (owner === undefined || entries === null) return [unclear];

  const problems: Problem[] = [];
  if (!mayChange(owner)) {
    const command = `icacls "${path}" /setowner *S-1-5-32-544`;
    problems.push(problem('wrong-owner', { path, command }, { cause: owner }));
  }
  const forbidden = FORBIDDEN[what];
  for (const [type, flags = '', rights = '', , , trustee = ''] of entries) {
    // Only entries that allow are evaluated: weighing denials against them takes their order and the user's groups.
    const allows = type === 'A' || type === 'OA' || type === 'XA' || type === 'ZA';
    if (!allows || flags.includes('IO') || mayChange(trustee)) continue;
    const mask = maskOf(rights);
    if (mask === null) return [...problems, unclear];
    if ((mask & forbidden) !== 0) {
      const command = `icacls "${path}" /inheritance:r /grant *S-1-5-32-544:F *S-1-5-18:F *S-1-5-32-545:RX`;
      problems.push(problem('writable-by-others', { path, command }, { cause: trustee }));
    }
  }
  return problems;
}

/**
 * The fields of each entry; null where the list cannot be parsed to its last character, or is no list at all
 * (`NO_ACCESS_CONTROL`: everybody may do everything). Conditions of entries contain brackets of their own.
 */
function entriesOf(list: string): string[][] | null {
  const flags = /^(?:P|AI|AR)*/.exec(list)?.[0] ?? '';
  const entries: string[][] = [];
  let depth = 0;
  let start = 0;
  for (let at = flags.length; at < list.length; at += 1) {
    const character = list[at];
    // The audit entries that follow allow nothing.
    if (depth === 0 && list.startsWith('S:', at)) return entries;
    if (character === '(') {
      if (depth === 0) start = at + 1;
      depth += 1;
    } else if (character === ')') {
      depth -= 1;
      if (depth === 0) entries.push(list.slice(start, at).split(';'));
    } else if (depth === 0) {
      return null;
    }
    if (depth < 0) return null;
  }
  return depth === 0 ? entries : null;
}

/** null where a right is unknown. */
function maskOf(rights: string): number | null {
  if (/^0x[0-9a-f]{1,8}$/i.test(rights)) return Number(rights) | 0;
  let mask = 0;
  for (let at = 0; at < rights.length; at += 2) {
    const bit = RIGHTS[rights.slice(at, at + 2)];
    if (bit === undefined) return null;
    mask |= bit;
  }
  return mask;
}

/** PowerShell starts slowly. Milliseconds. */
const TIMEOUT = 30_000;

/** One security descriptor for each path, or why there are none. */
export type ReadDescriptors = (paths: readonly string[]) => Promise<string[] | string>;

/** Only administrators can have written the file: checked for it and for every folder above it. */
export function administratorsOnly(run: RunCommand, systemFolder: string): TrustRule {
  return ruleByDescriptors(powershellDescriptors(run, systemFolder));
}

/** @param trusted as of `problemsOfDescriptor`. */
export function ruleByDescriptors(read: ReadDescriptors, trusted: readonly string[] = []): TrustRule {
  return {
    async problemsOf(path, _stats, fs) {
      const places: { path: string; what: ProtectedPlace }[] = [{ path, what: 'file' }];
      for (let folder = win32.dirname(path); ; folder = win32.dirname(folder)) {
        places.push({ path: folder, what: 'folder' });
        if (win32.dirname(folder) === folder) break;
      }
      for (const place of places.slice(1)) {
        // The owner of a junction can redirect it at any time.
        if ((await fs.lstat(place.path)).isSymbolicLink()) return [problem('link-in-path', { path: place.path })];
      }
      const descriptors = await read(places.map((place) => place.path));
      if (typeof descriptors === 'string') return [problem('access-list-unclear', { path }, { cause: descriptors })];
      return places.flatMap((place, index) =>
        problemsOfDescriptor(place.path, descriptors[index] ?? '', place.what, trusted),
      );
    },
  };
}

function powershellDescriptors(run: RunCommand, systemFolder: string): ReadDescriptors {
  return async (paths) => {
    const quoted = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(',');
    const script = `$ErrorActionPreference='Stop';${quoted}|ForEach-Object{(Get-Acl -LiteralPath $_).Sddl}`;
    const windows = win32.dirname(systemFolder);
    const result = await run(
      [
        `${systemFolder}\\WindowsPowerShell\\v1.0\\powershell.exe`,
        '-NoLogo',
        '-NoProfile',
        '-NonInteractive',
        '-EncodedCommand',
        Buffer.from(script, 'utf16le').toString('base64'),
      ],
      { env: { SystemRoot: windows, windir: windows }, timeout: TIMEOUT },
    );
    if (result.kind === 'failed') return `powershell.exe: ${result.cause}`;
    const lines = result.stdout
      .toString('latin1')
      .split(/\r?\n/)
      .filter((line) => line !== '');
    if (result.code !== 0) return `powershell.exe exited with ${result.code}`;
    if (lines.length !== paths.length) return `powershell.exe returned ${lines.length} of ${paths.length}`;
    return lines;
  };
}
