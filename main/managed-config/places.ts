import { join, win32 } from 'node:path';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { RunCommand } from '../platform/process/run-command.ts';
import { administratorsOnly } from './access-list.ts';
import { type Format, organizationsIn, settingsIn } from './file-source.ts';
import { parseDesktopPlist } from './macos-plist.ts';
import { parseProfile } from './macos-profile.ts';
import { rootOnly, userOrRoot } from './owner-and-mode.ts';
import { parsePortcullisJson } from './portcullis-json.ts';
import type { Source } from './reading.ts';
import { regExe } from './reg-query.ts';
import { parseRegistryJson } from './registry-json.ts';
import { parseSettingsProfile } from './store-settings.ts';
import type { TrustRule } from './trusted-file.ts';
import { loadedLibraries, programDataFolder, systemFolderFrom } from './windows-folders.ts';
import { organizationsInRegistry, settingsInRegistry } from './windows-registry.ts';

export const registryJson: Format<string[]> = { kind: 'registry-json', judge: parseRegistryJson };
const portcullisJson = { kind: 'portcullis-json', judge: parsePortcullisJson } satisfies Format<unknown>;
const desktopPlist = { kind: 'macos-plist', judge: parseDesktopPlist } satisfies Format<unknown>;
const dockerProfile = { kind: 'macos-profile', judge: parseProfile } satisfies Format<unknown>;
const ourProfile = { kind: 'macos-profile', judge: parseSettingsProfile } satisfies Format<unknown>;

/** The two files of a folder of ours, or of one that stands in for all of the system's places in a trial. */
export function sourcesIn(
  folder: string,
  rule: TrustRule,
  path: { join(...parts: string[]): string } = { join },
): Source[] {
  return [
    organizationsIn(path.join(folder, 'registry.json'), registryJson, rule),
    settingsIn(path.join(folder, 'portcullis.json'), portcullisJson, rule),
  ];
}

/**
 * Where an administrator puts things, in the order of precedence, which is Docker Desktop's with our own folder behind it.
 * Fixed paths, or asked of the system: no environment variable has a say, because the user can set those.
 */
export function linuxSources(): Source[] {
  return [
    organizationsIn('/usr/share/docker-desktop/registry/registry.json', registryJson, rootOnly),
    ...sourcesIn('/etc/portcullis', rootOnly),
  ];
}

export function macosSources(): Source[] {
  const preferences = '/Library/Managed Preferences';
  const support = '/Library/Application Support';
  return [
    organizationsIn(`${preferences}/com.docker.config.plist`, dockerProfile, rootOnly),
    organizationsIn(`${support}/com.docker.docker/desktop.plist`, desktopPlist, rootOnly),
    organizationsIn(`${support}/com.docker.docker/registry.json`, registryJson, rootOnly),
    settingsIn(`${preferences}/com.portcullis.config.plist`, ourProfile, rootOnly),
    ...sourcesIn(`${support}/Portcullis`, rootOnly),
  ];
}

/** @throws ProblemError `windows-folder-unknown` where Windows does not say where its folders are. */
export async function windowsSources(run: RunCommand, loaded: readonly string[]): Promise<Source[]> {
  const system = systemFolderFrom(loaded);
  if (!system.ok) throw unknownFolder('System32', system.cause);
  const query = regExe(run, system.path);
  const programData = await programDataFolder(query, system.path);
  if (!programData.ok) throw unknownFolder('ProgramData', programData.cause);
  const rule = administratorsOnly(run, system.path);
  return [
    organizationsInRegistry(query),
    organizationsIn(win32.join(programData.path, 'DockerDesktop', 'registry.json'), registryJson, rule),
    settingsInRegistry(query),
    ...sourcesIn(win32.join(programData.path, 'Portcullis'), rule, win32),
  ];
}

/** @throws ProblemError `platform-unsupported`, `windows-folder-unknown`. */
export async function systemSources(platform: NodeJS.Platform, run: RunCommand): Promise<Source[]> {
  switch (platform) {
    case 'linux':
      return linuxSources();
    case 'darwin':
      return macosSources();
    case 'win32':
      return windowsSources(run, loadedLibraries());
    default:
      throw new ProblemError({
        code: 'platform-unsupported',
        message: `Where an administrator puts settings on ${platform} is not known.`,
        next: 'Use Linux, macOS or Windows.',
      });
  }
}

/** Who may have written a file that counts on this system. @throws ProblemError `windows-folder-unknown`. */
export function systemRule(platform: NodeJS.Platform, run: RunCommand): TrustRule {
  if (platform !== 'win32') return rootOnly;
  const system = systemFolderFrom(loadedLibraries());
  if (!system.ok) throw unknownFolder('System32', system.cause);
  return administratorsOnly(run, system.path);
}

function unknownFolder(name: string, cause: string): ProblemError {
  return new ProblemError({
    code: 'windows-folder-unknown',
    message: `Windows does not say where its folder ${name} is.`,
    cause,
    next: 'Restart the machine; if it stays, send this line to support.',
  });
}

/** On Windows the owner of a trial folder is not asked after: a trial shows what would be in force, it enforces nothing. */
export function trialRule(platform: NodeJS.Platform, user: { uid: number; gid: number }): TrustRule {
  return platform === 'win32' ? { flawsOf: async () => [] } : userOrRoot(user);
}
