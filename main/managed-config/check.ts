import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { FileProblem, PortcullisSettings, Verdict } from '../../shared/schemas/managed-config.ts';
import { parseAdminSettings } from './admin-settings.ts';
import { MAX_FILE_BYTES } from './file-source.ts';
import { parseIntuneProfile } from './intune-profile.ts';
import { parseDesktopPlist } from './macos-plist.ts';
import { parseProfile } from './macos-profile.ts';
import { parseMobileconfig } from './mobileconfig.ts';
import { parsePortcullisJson } from './portcullis-json.ts';
import { parseRegFile } from './reg-file.ts';
import { parseRegistryJson } from './registry-json.ts';
import { absent, malformed, type SourceContent } from './source.ts';
import { parseSettingsProfile } from './store-settings.ts';
import { readTrustedFile, realFileSystem, type TrustRule } from './trusted-file.ts';

/** The result of `portcullis managed-config check` for one file. */
export interface CheckedFile {
  file: string;
  verdict: Verdict;
  allowedOrgs: string[];
  /** The organizations that a key is pinned for; null where the file holds none of our settings. */
  keysFor: string[] | null;
  problems: FileProblem[];
}

/** What a file can contain: organizations, settings, or both. */
interface FileContents {
  organizations: string[];
  settings: PortcullisSettings | null;
}

type FileParser = (bytes: Buffer) => SourceContent<FileContents>;

/**
 * Checks a file before it is rolled out, wherever it is now. The verdict is about its content; that others could change it
 * where it is now is a warning, because it applies only where nobody but an administrator can.
 */
export async function checkFile(path: string, rule: TrustRule): Promise<CheckedFile> {
  const file = resolve(path);
  let untrusted: Problem[] = [];
  // Collects what speaks against trusting the file, without preventing its content from being read.
  const collecting: TrustRule = {
    async problemsOf(...args) {
      untrusted = await rule.problemsOf(...args);
      return [];
    },
  };
  const target = (await isLink(file)) ? await realpath(file).catch(() => file) : file;
  const outcome = await readTrustedFile(target, collecting, MAX_FILE_BYTES);
  const causes = [...(target === file ? [] : [`${path} is a link to ${target}`]), ...untrusted.map(briefly)];
  const warnings = causes.map((cause) => problem('draft-not-trusted', {}, { cause }));
  const checked = (verdict: Verdict, problems: FileProblem[], contents: FileContents | null = null): CheckedFile => ({
    file: path,
    verdict,
    allowedOrgs: contents?.organizations ?? [],
    keysFor: keysForIn(contents?.settings ?? null),
    problems: [...problems, ...warnings],
  });
  switch (outcome.kind) {
    case 'absent':
      // A machine without such a file is fine, but whoever names one expects it to exist.
      return checked('absent', [problem('no-such-file', { file })]);
    case 'untrusted':
      return checked('unreadable', outcome.problems);
    case 'too-large':
      return checked('malformed', [outcome.problem]);
    case 'unreadable':
      return checked('unreadable', [outcome.problem]);
    case 'trusted': {
      const content = parserFor(basename(file))(outcome.bytes);
      return checked(content.verdict, content.problems, content.verdict === 'present' ? content.value : null);
    }
  }
}

/** Without the command that would fix it: the file is a draft, and its folders are somebody's home. */
function briefly({ message, cause }: Problem): string {
  return cause === undefined ? message : `${message} ${cause}`;
}

async function isLink(path: string): Promise<boolean> {
  const stats = await realFileSystem.lstat(path).catch(() => null);
  return stats?.isSymbolicLink() ?? false;
}

/** The organizations that these settings pin a key for; null without settings. */
export function keysForIn(settings: PortcullisSettings | null): string[] | null {
  if (settings === null) return null;
  return [...new Set((settings.policyKeys?.keys ?? []).flatMap((key) => key.organizations))];
}

/**
 * Finds what no single file shows: each may be valid, and a machine with all of them blocks everything, because no key is pinned for
 * an organization whose members may sign in.
 *
 * @param complete they are all that a machine has; otherwise they may be part of what will be rolled out.
 */
export function checkTogether(files: CheckedFile[], complete: boolean): CheckedFile[] {
  const settings = files.find(({ keysFor }) => keysFor !== null);
  const naming = files.filter(({ allowedOrgs }) => allowedOrgs.length > 0);
  // On a machine, the first location that names organizations wins.
  const effective = complete ? naming.slice(0, 1) : naming;
  const organizations = [...new Set(effective.flatMap(({ allowedOrgs }) => allowedOrgs))];
  const covered = new Set(files.flatMap(({ keysFor }) => keysFor ?? []));
  const uncovered = organizations.filter((org) => !covered.has(org));
  if (settings === undefined && !complete) return files;
  if (uncovered.length > 0) {
    return withProblem(files, settings ?? naming[0], problem('organization-without-key', { organizations: uncovered }));
  }
  return settings?.keysFor?.length === 0 ? withProblem(files, settings, problem('settings-without-key')) : files;
}

function withProblem(files: CheckedFile[], at: CheckedFile | undefined, found: FileProblem): CheckedFile[] {
  return files.map((file) => (file === at ? { ...file, problems: [...file.problems, found] } : file));
}

/** Picks the format by the file's name, as the systems do; any other name is treated as a `registry.json`. */
export function parserFor(name: string): FileParser {
  const lower = name.toLowerCase();
  if (lower.endsWith('.mobileconfig')) return (bytes) => both(parseMobileconfig(bytes));
  if (lower.endsWith('.intune.json')) return (bytes) => both(parseIntuneProfile(bytes));
  if (lower.endsWith('.reg')) return (bytes) => both(parseRegFile(bytes));
  if (lower === 'com.docker.config.plist') return (bytes) => organizationsOnly(parseProfile(bytes));
  if (lower === 'com.portcullis.config.plist') return (bytes) => settingsOnly(parseSettingsProfile(bytes));
  if (lower.endsWith('.plist')) return (bytes) => organizationsOnly(parseDesktopPlist(bytes));
  if (lower === 'admin-settings.json') return (bytes) => organizationsOnly(parseAdminSettings(bytes, name));
  if (lower.includes('portcullis')) return (bytes) => settingsOnly(parsePortcullisJson(bytes));
  return (bytes) => organizationsOnly(parseRegistryJson(bytes));
}

function organizationsOnly(content: SourceContent<string[]>): SourceContent<FileContents> {
  return content.verdict === 'present'
    ? { ...content, value: { organizations: content.value, settings: null } }
    : content;
}

function settingsOnly(content: SourceContent<PortcullisSettings>): SourceContent<FileContents> {
  return content.verdict === 'present'
    ? { ...content, value: { organizations: [], settings: content.value } }
    : content;
}

/** A file that holds both applies only if both are valid. */
function both({
  organizations,
  settings,
}: {
  organizations: SourceContent<string[]>;
  settings: SourceContent<PortcullisSettings>;
}): SourceContent<FileContents> {
  const problems = [...organizations.problems, ...settings.problems];
  const [first, second] = [organizations.verdict, settings.verdict];
  if (first === 'malformed' || second === 'malformed') return malformed(...problems);
  if (first === 'absent' && second === 'absent') return absent;
  return {
    verdict: 'present',
    value: {
      organizations: organizations.verdict === 'present' ? organizations.value : [],
      settings: settings.verdict === 'present' ? settings.value : null,
    },
    problems,
  };
}
