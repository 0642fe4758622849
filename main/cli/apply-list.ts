import { describeChange } from '../../shared/lists/describe-change.ts';
import { diffSettings } from '../../shared/lists/diff-settings.ts';
import { isOver } from '../../shared/lists/grants.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import type { SettingsChange } from '../../shared/schemas/hub/changes.ts';
import { SavedSettings, SettingsPreview } from '../../shared/schemas/hub/registry-access.ts';
import {
  type RegistryAccessSettings,
  RegistryAccessSettingsAnswer,
  type SentSettings,
} from '../../shared/schemas/hub-schema.ts';
import { asOwner, type OwnersHub, type Where } from './as-owner.ts';
import { confirmNotices } from './confirm-notices.ts';
import { english } from './english.ts';
import { requireExtras } from './hub-settings.ts';
import { listFileOf, type ReadList, readListFile, settingsOfList } from './list-file.ts';
import { printable, printJson, printLine } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';

export const SETTINGS = 'registry-access/settings';
const SHOWN_HOSTS = 20;

interface Compared {
  current: RegistryAccessSettings;
  wanted: RegistryAccessSettings;
  revision: number;
  etag: string;
  changes: SettingsChange[];
}

/** Prints how the settings differ from the file. @throws Exit where they do, ProblemError of the file and of `asOwner` */
export async function diffList(where: Where, file: string, json: boolean): Promise<void> {
  const list = await readListFile(file);
  let differs = false;
  await asOwner(
    where,
    async (hub) => {
      const { changes, revision } = await compare(hub, list);
      differs = changes.length > 0;
      if (json) return printJson({ organization: hub.org, revision, changes });
      if (changes.length === 0) printLine(`No difference: revision ${revision} of ${hub.org} is what ${file} says.`);
      else printChanges(changes);
    },
    json,
  );
  if (differs) throw new Exit(exitCodes.differs);
}

/** Saves what the file says, or shows what that would change. @throws ProblemError of the file and of `asOwner` */
export async function applyList(
  where: Where,
  file: string,
  { dryRun, yes }: { dryRun: boolean; yes: boolean },
): Promise<void> {
  const list = await readListFile(file);
  if (!dryRun) await confirmNotices(list.written, { yes });
  await asOwner(where, async (hub) => {
    const { wanted, revision, etag, changes } = await compare(hub, list);
    if (changes.length === 0) {
      printLine(`No difference: ${hub.org} stays at revision ${revision}.`);
      return;
    }
    printChanges(changes);
    if (dryRun) {
      const { value } = await hub.ask(SettingsPreview, `${SETTINGS}/preview`, { method: 'POST', body: asSent(wanted) });
      printHosts('Newly allowed', value.addedHosts);
      printHosts('No longer allowed', value.removedHosts);
      if (value.grantedHosts !== undefined) printHosts('Newly allowed with a limit', value.grantedHosts);
      if (value.revokedHosts !== undefined) printHosts('No longer allowed with a limit', value.revokedHosts);
      printUsage(value.usage);
      printLine('Nothing was saved.');
      return;
    }
    const saved = await hub.ask(SavedSettings, SETTINGS, { method: 'PUT', body: asSent(wanted), ifMatch: etag });
    const { registries } = saved.value;
    printLine(
      `Saved revision ${saved.value.revision} of ${hub.org}: ${english.panel.registries.found(registries.length)}.`,
    );
    printLine(`To undo: portcullis hub undo ${revision}`);
  });
}

/** Prints the settings as a file. @throws ProblemError of `asOwner` */
export async function exportList(where: Where): Promise<void> {
  await asOwner(
    where,
    async ({ org, ask }) => {
      const { value } = await ask(RegistryAccessSettingsAnswer, SETTINGS);
      // Not through `printLine`: it is a file, whose values were one line each when they were saved.
      process.stdout.write(listFileOf(org, value, Date.now()));
    },
    true,
  );
}

export function printChanges(changes: readonly SettingsChange[]): void {
  for (const change of changes) {
    const sign = /added$/.test(change.kind) ? '+' : /removed$|-over$/.test(change.kind) ? '-' : '~';
    const text = describeChange(change);
    printLine(`  ${sign} ${sign === '~' ? text : text.replace(/^(?:added|removed) /, '')}`);
  }
}

/** @throws ProblemError `list-file-other-organization` */
async function compare({ org, ask }: OwnersHub, list: ReadList): Promise<Compared> {
  if (list.organization !== undefined && list.organization !== org) {
    throw new ProblemError(problem('list-file-other-organization', { organization: org, named: list.organization }));
  }
  const { value, etag } = await ask(RegistryAccessSettingsAnswer, SETTINGS);
  const { revision, notices: _none, ...current } = value;
  const now = Date.now();
  for (const { address, until = '' } of (list.extras.grants ?? []).filter((grant) => isOver(grant, now))) {
    const note = problemText(problem('grant-over', { address, until }));
    process.stderr.write(`${printable(`note: ${note}`)}\n`);
  }
  // What has expired says nothing, on either side.
  const wanted = withoutOver(settingsOfList(list, current), now);
  requireExtras(org, current, asSent(wanted));
  return {
    current,
    wanted,
    revision,
    etag: etag ?? '',
    changes: diffSettings(withoutOver(current, now), wanted).changes,
  };
}

/** What is left out would stay as it is. An older hub takes no notice of what it does not know. */
function asSent(wanted: RegistryAccessSettings): SentSettings {
  const { enforceFrom = null, support = null } = wanted;
  return { ...wanted, enforceFrom, support };
}

function withoutOver(settings: RegistryAccessSettings, now: number): RegistryAccessSettings {
  const { grants } = settings;
  return grants === undefined ? settings : { ...settings, grants: grants.filter((grant) => !isOver(grant, now)) };
}

function printHosts(title: string, { hosts, more }: SettingsPreview['addedHosts']): void {
  if (hosts.length === 0) return;
  const rest = hosts.length - SHOWN_HOSTS + more;
  printLine(`${title}: ${hosts.slice(0, SHOWN_HOSTS).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`);
}

/** Whom a draft concerns, as far as machines report it. */
function printUsage(usage: SettingsPreview['usage']): void {
  if (usage === null) {
    printLine('No usage data: no machine reports hosts, so nobody can say whom this affects.');
    return;
  }
  const { days, machines, newlyBlocked, newlyAllowed } = usage;
  printUsed('Newly blocked', 'used by', newlyBlocked);
  printUsed('Newly allowed', 'blocked for', newlyAllowed);
  printLine(`By what ${counted(machines, 'machine', 'machines')} reported in ${days} days.`);
}

function printUsed(
  title: string,
  what: string,
  { hosts, more, people }: NonNullable<SettingsPreview['usage']>['newlyBlocked'],
): void {
  if (hosts.length === 0) return;
  const number = hosts.length + more;
  const named = hosts.slice(0, 5).map(({ host }) => host);
  const rest = number > named.length ? ', …' : '';
  printLine(
    `${title}: ${counted(number, 'host', 'hosts')}, ${what} ${counted(people, 'person', 'people')} (${named.join(', ')}${rest}).`,
  );
}

function counted(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
