import type { BigIntStats } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { FileProblem, PortcullisSettings, Verdict } from '../../shared/schemas/managed-config.ts';
import { MAX_FILE_BYTES } from './file-source.ts';
import { parseDesktopPlist } from './macos-plist.ts';
import { parseProfile } from './macos-profile.ts';
import { parseMobileconfig } from './mobileconfig.ts';
import { parsePortcullisJson } from './portcullis-json.ts';
import { type Content, malformed, saysNothing } from './reading.ts';
import { parseRegFile } from './reg-file.ts';
import { parseRegistryJson } from './registry-json.ts';
import { parseSettingsProfile } from './store-settings.ts';
import { problemOf, readTrustedFile, realFileSystem, type TrustFlaw, type TrustRule } from './trusted-file.ts';

/** What `portcullis managed-config check` says of one file. */
export interface CheckedFile {
  file: string;
  verdict: Verdict;
  allowedOrgs: string[];
  /** The organizations for which a key is pinned in it; null where it holds none of our settings. */
  keysFor: string[] | null;
  problems: FileProblem[];
}

/** What a file says: organizations, settings, or both. */
interface Said {
  organizations: string[];
  settings: PortcullisSettings | null;
}

/** Judges one kind of file, with whatever must be in order for it to count. */
type Judge = (bytes: Buffer) => Content<Said>;

/**
 * Judges a file before it is rolled out, wherever it lies now. The verdict is on its content; who could change it where it
 * lies is among the problems, because it counts only where nobody but an administrator can.
 */
export async function checkFile(path: string, rule: TrustRule): Promise<CheckedFile> {
  const file = resolve(path);
  let flaws: TrustFlaw[] = [];
  // What speaks against trusting the file is collected here, and does not keep its content from being read.
  const collecting: TrustRule = {
    async flawsOf(...asked) {
      flaws = await rule.flawsOf(...asked);
      return [];
    },
  };
  const target = (await isLink(file)) ? await realpath(file).catch(() => file) : file;
  const outcome = await readTrustedFile(target, collecting, MAX_FILE_BYTES);
  if (target !== file) flaws = [{ code: 'not-a-regular-file', seen: `${path} is a link.`, fix: '' }, ...flaws];
  const besides = flaws.map(({ code, seen }) => ({ code, message: `It does not count where it lies now: ${seen}` }));
  const checked = (verdict: Verdict, problems: FileProblem[], said: Said | null = null): CheckedFile => ({
    file: path,
    verdict,
    allowedOrgs: said?.organizations ?? [],
    keysFor: keysForIn(said?.settings ?? null),
    problems: [...problems, ...besides],
  });
  switch (outcome.kind) {
    case 'absent':
      // Nothing is wrong with a machine that has no such file, but who names one meant one that is there.
      return checked('absent', [{ code: 'no-such-file', message: `There is no file at ${file}. Is the name right?` }]);
    case 'untrusted':
      return checked('unreadable', outcome.flaws.map(problemOf));
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

async function isLink(path: string): Promise<boolean> {
  const stats: BigIntStats | null = await realFileSystem.lstat(path).catch(() => null);
  return stats?.isSymbolicLink() ?? false;
}

/** The organizations for which these settings pin a key; null without settings. */
export function keysForIn(settings: PortcullisSettings | null): string[] | null {
  if (settings === null) return null;
  return [...new Set((settings.policyKeys?.keys ?? []).flatMap((key) => key.organizations))];
}

/**
 * What no single file shows: each may be in order, and a machine with all of them refuses everything, because nobody has pinned a key
 * for an organization that may sign in.
 *
 * @param whole they are all that a machine has; else they may be a part of what will be rolled out.
 */
export function checkTogether(files: CheckedFile[], whole: boolean): CheckedFile[] {
  const settings = files.find(({ keysFor }) => keysFor !== null);
  // Of the places of a machine the first that says anything counts.
  const naming = files.filter(({ allowedOrgs }) => allowedOrgs.length > 0);
  const counting = whole ? naming.slice(0, 1) : naming;
  const organizations = [...new Set(counting.flatMap(({ allowedOrgs }) => allowedOrgs))];
  const covered = new Set(files.flatMap(({ keysFor }) => keysFor ?? []));
  const uncovered = organizations.filter((org) => !covered.has(org));
  if (settings === undefined && !whole) return files;
  if (uncovered.length > 0) {
    const at = settings ?? naming[0];
    const message =
      `No key is pinned for ${uncovered.join(', ')} ("policyKeys" in portcullis.json): ` +
      'whoever signs in there is refused everything.';
    return withProblem(files, at, { code: 'no-policy-key', message });
  }
  if (settings?.keysFor?.length !== 0) return files;
  const message = 'No policy key is pinned in it: a machine that requires sign-in refuses everything until one is.';
  return withProblem(files, settings, { code: 'key-not-pinned', message });
}

function withProblem(files: CheckedFile[], at: CheckedFile | undefined, problem: FileProblem): CheckedFile[] {
  return files.map((file) => (file === at ? { ...file, problems: [...file.problems, problem] } : file));
}

/** Files are told apart by their names, as the systems do; a name that says nothing is taken for a `registry.json`. */
export function parserFor(name: string): Judge {
  const lower = name.toLowerCase();
  if (lower.endsWith('.mobileconfig')) return (bytes) => both(parseMobileconfig(bytes));
  if (lower.endsWith('.reg')) return (bytes) => both(parseRegFile(bytes));
  if (lower === 'com.docker.config.plist') return (bytes) => organizationsOnly(parseProfile(bytes));
  if (lower === 'com.portcullis.config.plist') return (bytes) => settingsOnly(parseSettingsProfile(bytes));
  if (lower.endsWith('.plist')) return (bytes) => organizationsOnly(parseDesktopPlist(bytes));
  if (lower.includes('portcullis')) return (bytes) => settingsOnly(parsePortcullisJson(bytes));
  return (bytes) => organizationsOnly(parseRegistryJson(bytes));
}

function organizationsOnly(content: Content<string[]>): Content<Said> {
  return content.verdict === 'present'
    ? { ...content, value: { organizations: content.value, settings: null } }
    : content;
}

function settingsOnly(content: Content<PortcullisSettings>): Content<Said> {
  return content.verdict === 'present'
    ? { ...content, value: { organizations: [], settings: content.value } }
    : content;
}

/** A file that holds both counts only if both are in order. */
function both({
  organizations,
  settings,
}: {
  organizations: Content<string[]>;
  settings: Content<PortcullisSettings>;
}): Content<Said> {
  const problems = [...organizations.problems, ...settings.problems];
  const [first, second] = [organizations.verdict, settings.verdict];
  if (first === 'malformed' || second === 'malformed') return malformed(...problems);
  if (first === 'absent' && second === 'absent') return saysNothing;
  return {
    verdict: 'present',
    value: {
      organizations: organizations.verdict === 'present' ? organizations.value : [],
      settings: settings.verdict === 'present' ? settings.value : null,
    },
    problems,
  };
}
