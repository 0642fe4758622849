import { join, win32 } from 'node:path';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { RunCommand } from '../platform/process/run-command.ts';
import { administratorsOnly } from './access-list.ts';
import { adminSettingsFile } from './admin-settings.ts';
import { type FileFormat, organizationsFile, settingsFile } from './file-source.ts';
import { parseDesktopPlist } from './macos-plist.ts';
import { parseProfile } from './macos-profile.ts';
import { rootOnly, userOrRoot } from './owner-and-mode.ts';
import { parsePortcullisJson } from './portcullis-json.ts';
import { type QueryRegistry, regExe } from './reg-query.ts';
import { parseRegistryJson } from './registry-json.ts';
import type { Source } from './source.ts';
import { parseSettingsProfile } from './store-settings.ts';
import type { TrustRule } from './trusted-file.ts';
import { loadedLibraries, programDataFolder, systemFolderFrom } from './windows-folders.ts';
import { organizationsInRegistry, settingsInRegistry } from './windows-registry.ts';

const registryJson: FileFormat<string[]> = { kind: 'registry-json', parse: parseRegistryJson };
const portcullisJson = { kind: 'portcullis-json', parse: parsePortcullisJson } satisfies FileFormat<unknown>;
const desktopPlist = { kind: 'macos-plist', parse: parseDesktopPlist } satisfies FileFormat<unknown>;
const dockerProfile = { kind: 'macos-profile', parse: parseProfile } satisfies FileFormat<unknown>;
const ourProfile = { kind: 'macos-profile', parse: parseSettingsProfile } satisfies FileFormat<unknown>;

/** The two files of our own folder, or of one that stands in for all system locations in a demo or test. */
export function sourcesIn(
  folder: string,
  rule: TrustRule,
  path: { join(...parts: string[]): string } = { join },
): Source[] {
  return [
    organizationsFile(path.join(folder, 'registry.json'), registryJson, rule),
    settingsFile(path.join(folder, 'portcullis.json'), portcullisJson, rule),
  ];
}

/**
 * Where an administrator stores settings, in order of precedence: Docker Desktop's locations, then our own. Paths are fixed or
 * queried from the system: environment variables have no influence, because the user can set them.
 */
export function linuxSources(): Source[] {
  return [
    organizationsFile('/usr/share/docker-desktop/registry/registry.json', registryJson, rootOnly),
    ...sourcesIn('/etc/portcullis', rootOnly),
    adminSettingsFile('/usr/share/docker-desktop/admin-settings.json', rootOnly),
  ];
}

export function macosSources(): Source[] {
  const preferences = '/Library/Managed Preferences';
  const support = '/Library/Application Support';
  return [
    organizationsFile(`${preferences}/com.docker.config.plist`, dockerProfile, rootOnly),
    organizationsFile(`${support}/com.docker.docker/desktop.plist`, desktopPlist, rootOnly),
    organizationsFile(`${support}/com.docker.docker/registry.json`, registryJson, rootOnly),
    settingsFile(`${preferences}/com.portcullis.config.plist`, ourProfile, rootOnly),
    ...sourcesIn(`${support}/Portcullis`, rootOnly),
    adminSettingsFile(`${support}/com.docker.docker/admin-settings.json`, rootOnly),
  ];
}

/** Reads registry and access lists by calls of Windows, where a process can make them; the programs that do the same are slow to start. */
export interface WindowsMeans {
  query: QueryRegistry;
  rule: TrustRule;
}

/** @throws ProblemError `windows-folder-unknown` where Windows does not report its folders. */
export async function windowsSources(
  run: RunCommand,
  loaded: readonly string[],
  means?: WindowsMeans,
): Promise<Source[]> {
  const system = systemFolderFrom(loaded);
  if (!system.ok) throw unknownFolder('System32', system.cause);
  const query = means?.query ?? regExe(run, system.path);
  const programData = await programDataFolder(query, system.path);
  if (!programData.ok) throw unknownFolder('ProgramData', programData.cause);
  const rule = means?.rule ?? administratorsOnly(run, system.path);
  return [
    organizationsInRegistry(query),
    organizationsFile(win32.join(programData.path, 'DockerDesktop', 'registry.json'), registryJson, rule),
    settingsInRegistry(query),
    ...sourcesIn(win32.join(programData.path, 'Portcullis'), rule, win32),
    adminSettingsFile(win32.join(programData.path, 'DockerDesktop', 'admin-settings.json'), rule),
  ];
}

/** @throws ProblemError `platform-unsupported`, `windows-folder-unknown`. */
export async function systemSources(
  platform: NodeJS.Platform,
  run: RunCommand,
  means?: WindowsMeans,
): Promise<Source[]> {
  switch (platform) {
    case 'linux':
      return linuxSources();
    case 'darwin':
      return macosSources();
    case 'win32':
      return windowsSources(run, loadedLibraries(), means);
    default:
      throw new ProblemError(problem('platform-unsupported', { platform }));
  }
}

/** Who may have written a file that applies on this system. @throws ProblemError `windows-folder-unknown`. */
export function systemRule(platform: NodeJS.Platform, run: RunCommand): TrustRule {
  if (platform !== 'win32') return rootOnly;
  const system = systemFolderFrom(loadedLibraries());
  if (!system.ok) throw unknownFolder('System32', system.cause);
  return administratorsOnly(run, system.path);
}

function unknownFolder(folder: string, cause: string): ProblemError {
  return new ProblemError(problem('windows-folder-unknown', { folder }, { cause }));
}

/** On Windows the owner of a demo folder is not checked: a demo enforces nothing. */
export function trialRule(platform: NodeJS.Platform, user: { uid: number; gid: number }): TrustRule {
  return platform === 'win32' ? { problemsOf: async () => [] } : userOrRoot(user);
}
