import type { BigIntStats } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { FileProblem, Verdict } from '../../shared/managed-config.ts';
import { MAX_FILE_BYTES } from './file-source.ts';
import { judgeDesktopPlist } from './macos-plist.ts';
import { judgeProfile } from './macos-profile.ts';
import { judgeMobileconfig } from './mobileconfig.ts';
import { judgePortcullisJson } from './portcullis-json.ts';
import { type Content, malformed, saysNothing } from './reading.ts';
import { judgeRegFile } from './reg-file.ts';
import { judgeRegistryJson } from './registry-json.ts';
import { judgeSettingsProfile } from './store-settings.ts';
import { problemOf, readTrustedFile, realFileSystem, type TrustFlaw, type TrustRule } from './trusted-file.ts';

/** What `portcullis managed-config check` says of one file. */
export interface CheckedFile {
  file: string;
  verdict: Verdict;
  allowedOrgs: string[];
  problems: FileProblem[];
}

/** Judges one kind of file: the organizations that it names, whatever else must be in order for it to count. */
type Judge = (bytes: Buffer) => Content<string[]>;

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
  const checked = (verdict: Verdict, problems: FileProblem[], allowedOrgs: string[] = []): CheckedFile => ({
    file: path,
    verdict,
    allowedOrgs,
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
      const content = judgeFor(basename(file))(outcome.bytes);
      return checked(content.verdict, content.problems, content.verdict === 'present' ? content.value : []);
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  const stats: BigIntStats | null = await realFileSystem.lstat(path).catch(() => null);
  return stats?.isSymbolicLink() ?? false;
}

/** Files are told apart by their names, as the systems do; a name that says nothing is taken for a `registry.json`. */
export function judgeFor(name: string): Judge {
  const lower = name.toLowerCase();
  if (lower.endsWith('.mobileconfig')) return (bytes) => both(judgeMobileconfig(bytes));
  if (lower.endsWith('.reg')) return (bytes) => both(judgeRegFile(bytes));
  if (lower === 'com.docker.config.plist') return judgeProfile;
  if (lower === 'com.portcullis.config.plist') return (bytes) => withoutSettings(judgeSettingsProfile(bytes));
  if (lower.endsWith('.plist')) return judgeDesktopPlist;
  if (lower.includes('portcullis')) return (bytes) => withoutSettings(judgePortcullisJson(bytes));
  return judgeRegistryJson;
}

function withoutSettings(settings: Content<unknown>): Content<string[]> {
  return settings.verdict === 'present' ? { ...settings, value: [] } : settings;
}

/** A file that holds both counts only if both are in order. */
function both({
  organizations,
  settings,
}: {
  organizations: Content<string[]>;
  settings: Content<unknown>;
}): Content<string[]> {
  const problems = [...organizations.problems, ...settings.problems];
  const [first, second] = [organizations.verdict, settings.verdict];
  if (first === 'malformed' || second === 'malformed') return malformed(...problems);
  if (first === 'absent' && second === 'absent') return saysNothing;
  return { verdict: 'present', value: organizations.verdict === 'present' ? organizations.value : [], problems };
}
