import { equalIgnoringCase, type QueryRegistry } from './reg-query.ts';

/** A folder, or why it is unknown. */
export type Folder = { ok: true; path: string } | { ok: false; cause: string };

/**
 * `C:\Windows\System32`, from the list of libraries this process has loaded: `ntdll.dll` is in every process and always
 * comes from there (it is a "known DLL"). The user can set `%SystemRoot%`.
 *
 * @param loaded paths of loaded libraries, `process.report.getReport().sharedObjects`.
 */
export function systemFolderFrom(loaded: readonly string[]): Folder {
  for (const file of loaded) {
    const [, folder] = /^([A-Za-z]:\\(?:[^\\]+\\)*[^\\]+)\\ntdll\.dll$/i.exec(file) ?? [];
    if (folder !== undefined) return { ok: true, path: folder };
  }
  return { ok: false, cause: 'ntdll.dll is not among the loaded libraries' };
}

let loaded: string[] | undefined;

/** The libraries that this process had loaded when it was first asked, from Node's diagnostic report, which can take seconds. */
export function loadedLibraries(): readonly string[] {
  loaded ??= reportedLibraries();
  return loaded;
}

function reportedLibraries(): string[] {
  const { report } = process;
  // Looking up the names of connected peers would query DNS.
  Object.assign(report, { excludeNetwork: true });
  const { sharedObjects } = report.getReport() as { sharedObjects?: unknown };
  return Array.isArray(sharedObjects) ? sharedObjects.filter((file) => typeof file === 'string') : [];
}

const PROFILES = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList';

/**
 * `C:\ProgramData`, from the registry value that Windows itself derives `%ProgramData%` from and that only administrators can
 * write. The user can set the environment variable.
 */
export async function programDataFolder(query: QueryRegistry, systemFolder: string): Promise<Folder> {
  const key = await query(PROFILES);
  if (key.kind !== 'present') return { ok: false, cause: key.kind === 'failed' ? key.cause : `${PROFILES} is missing` };
  const value = key.values.find(({ name }) => equalIgnoringCase(name, 'ProgramData'));
  if (value === undefined) return { ok: false, cause: `${PROFILES} has no value ProgramData` };
  const windows = systemFolder.replace(/\\[^\\]*$/, '');
  const known: Record<string, string> = { systemdrive: systemFolder.slice(0, 2), systemroot: windows, windir: windows };
  const path = value.data.replace(/%([^%]+)%/g, (whole, name: string) => known[name.toLowerCase()] ?? whole);
  if (!value.exact || !/^[A-Za-z]:\\[^%]+$/.test(path)) {
    return { ok: false, cause: `"${value.data}" is not a usable folder` };
  }
  return { ok: true, path: path.replace(/\\+$/, '') };
}
