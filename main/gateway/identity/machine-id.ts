import { readFile } from 'node:fs/promises';
import { equalIgnoringCase, type QueryRegistry, regExe } from '../../managed-config/reg-query.ts';
import { loadedLibraries, systemFolderFrom } from '../../managed-config/windows-folders.ts';
import { type RunCommand, textOf } from '../../platform/process/run-command.ts';

/** What the system itself tells one machine from another by; null where it does not. Never rejects. It is used hashed, and told to nobody. */
export type ReadMachineId = () => Promise<string | null>;

/** machine-id(5): 32 hexadecimal digits, which are not to be disclosed. D-Bus's own file is as good where there is no systemd. */
const LINUX_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];
const WINDOWS_KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography';

export function machineIdOf(platform: NodeJS.Platform, run: RunCommand, query?: QueryRegistry): ReadMachineId {
  switch (platform) {
    case 'linux':
      return async () => {
        for (const file of LINUX_FILES) {
          const id = linuxMachineId(await readFile(file, 'utf8').catch(() => ''));
          if (id !== null) return id;
        }
        return null;
      };
    case 'darwin':
      return async () => {
        const command = ['/usr/sbin/ioreg', '-rd1', '-c', 'IOPlatformExpertDevice'];
        const { code, stdout } = textOf(await run(command, { timeout: 10_000 }));
        return code === 0 ? macosMachineId(stdout) : null;
      };
    case 'win32':
      return async () => {
        const system = systemFolderFrom(loadedLibraries());
        const ask = query ?? (system.ok ? regExe(run, system.path) : null);
        const key = await ask?.(WINDOWS_KEY);
        const values = key?.kind === 'present' ? key.values : [];
        return windowsMachineId(values.find(({ name }) => equalIgnoringCase(name, 'MachineGuid'))?.data ?? '');
      };
    default:
      return async () => null;
  }
}

/** Before the first boot is over, the file says `uninitialized`. */
export function linuxMachineId(text: string): string | null {
  return /^[0-9a-f]{32}\n?$/.test(text) ? text.trim() : null;
}

/** One line of ioreg(8): `"IOPlatformUUID" = "…"`. */
export function macosMachineId(text: string): string | null {
  return uuid(/"IOPlatformUUID" = "([^"]+)"/.exec(text)?.[1] ?? '');
}

export function windowsMachineId(text: string): string | null {
  return uuid(text.trim());
}

function uuid(text: string): string | null {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : null;
}
