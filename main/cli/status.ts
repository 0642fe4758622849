import type { Command } from 'commander';
import { describeState } from '../../shared/messages/describe-state.ts';
import type { TimeFormat } from '../../shared/messages/format.ts';
import { othersRemark } from '../../shared/messages/membership.ts';
import { type Words, wordsFor } from '../../shared/messages/words.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import type { Transition } from '../../shared/schemas/ipc-schema.ts';
import type { Snapshot, WallState } from '../../shared/schemas/snapshot.ts';
import { type StateAction, summaryOf } from '../../shared/state/derive-state.ts';
import { belongs } from '../../shared/state/session.ts';
import { printJson, printLine, printTable } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';

/** `portcullis status`: is this machine held to its organization's list, why, and since when? */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('is this machine held to its list of registries, why, and since when?')
    .option('--json', 'the whole snapshot, for programs (docs/cli.md)')
    .option('--check', 'prove first, now, that the engine is held to it')
    .addHelpText('after', '\nExit code: 0 if all is as it should be, 4 if it is not, 1 if the agent does not answer.')
    .action(async ({ json, check }: { json?: true; check?: true }) => {
      const { askAgent } = await import('./ask-agent.ts');
      if (check) await askAgent((client) => client.call('enforcement.check', {}));
      const { snapshot, latest } = await askAgent(async (client) => ({
        snapshot: await client.call('snapshot.get', {}),
        latest: json ? null : ((await client.call('transitions.list', { limit: 1 })).items[0] ?? null),
      }));
      if (json) printJson(snapshot);
      else printStatus(snapshot, latest, Date.now(), wordsFor('en', 'en'));
      if (!isAsItShouldBe(snapshot)) throw new Exit(exitCodes.notInForce);
    });
}

/** What the panel's buttons do, at the command line. */
const COMMANDS: Record<StateAction, string> = {
  'run-checks': 'status --check',
  'copy-for-administrator': 'report',
  'sign-in': 'sign-in',
  sync: 'sync',
  'check-image': 'explain IMAGE',
};

/** In force, or nobody wants anything in force. */
function isAsItShouldBe({ state }: Snapshot): boolean {
  switch (state.id) {
    case 'enforcing':
    case 'enforcing-stale':
    case 'auditing':
    case 'restrictions-off':
    case 'unmanaged':
      return true;
    case 'starting':
    case 'not-enforcing':
    case 'locked':
    case 'sign-in-required':
    case 'engine-stopped':
    case 'securing':
      return false;
  }
}

/** @param latest the last change of state that the agent knows; null if there was none. */
function printStatus(snapshot: Snapshot, latest: Transition | null, now: number, words: Words): void {
  const { time } = words;
  const { state, session, policy, sync, managed, walls, gateway, filter, engine } = snapshot;
  const { headline, sentence, action } = describeState(snapshot, now, words);
  printLine(`${headline} [${state.code}]`);
  printLine(sentence);
  if (action !== null && state.action !== null) printLine(`Next: ${action} (portcullis ${COMMANDS[state.action]})`);
  printLine();
  const current = policy === null ? null : summaryOf(policy);
  const who = session !== null && belongs(session) ? session : null;
  // Asked for a moment after the snapshot: it may have led on to another state.
  const since = latest?.to === state.id ? latest.at : null;
  const trouble = session !== null && 'problem' in session ? session.problem : null;
  const told = new Set<string>();
  /** One that is told by several parts stands once, where it is told first. */
  const once = (problem: Problem | null | undefined): string | null => {
    const words = problem ? problemText(problem) : null;
    if (words === null || told.has(words)) return null;
    told.add(words);
    return words;
  };
  printTable([
    ['Since', since === null ? null : `${time.exact(since)}, ${time.ago(since, now)}`],
    ['Organization', who?.org ?? null],
    ['Signed in', who === null ? null : (who.user.name ?? who.user.sub)],
    ['', othersRemark(snapshot, words)],
    ['Sign-in', once(trouble)],
    [
      'Policy',
      current &&
        `revision ${current.revision} from ${time.exact(current.iat * 1000)}, until ${time.exact(current.exp * 1000)}${
          state.traffic === 'deny' ? ', without effect now' : ''
        }`,
    ],
    ['Last sync', sync.lastContact === null ? null : time.ago(sync.lastContact, now)],
    ['Next sync', sync.next === null ? null : time.until(sync.next, now)],
    ['Sync problem', once(sync.problem)],
    ['Policy problem', once(policy !== null && 'problem' in policy ? policy.problem : null)],
    ['Set in', managed?.source ?? null],
    ...(managed?.overridden ?? []).map(({ file, verdict, allowedOrgs }): [string, string] => [
      'Overrides',
      `${file}: ${allowedOrgs.join(', ') || verdict}`,
    ]),
    ['DNS filter', wall(walls.dns, state, now, time)],
    ['Registry proxy', wall(walls.proxy, state, now, time)],
    ['Gateway', once(gateway.problem)],
    ['Filter', once(filter !== null && 'problem' in filter ? filter.problem : null)],
    ['Refused today', String(snapshot.deniedToday)],
    ['Engine', [engine.name, engine.socket].filter(Boolean).join(', ')],
    ['Version', `${snapshot.version}, report ${snapshot.reportId}`],
  ]);
  for (const { file, line, message, code } of managed?.problems ?? []) {
    const where = file !== undefined && line === undefined && message.includes(file) ? '' : place(file, line);
    printLine(`${managed?.verdict === 'present' ? 'warning' : 'fault'}: ${message}${where} [${code}]`);
  }
  for (const { severity, title, text, next, code } of snapshot.health) {
    printLine([`${severity}: ${title}.`, text, next, `[${code}]`].filter(Boolean).join(' '));
  }
}

function place(file: string | undefined, line: number | undefined): string {
  if (file === undefined) return '';
  return ` (${file}${line === undefined ? '' : `, line ${line}`})`;
}

/** While everything is refused that is what a proof is of. */
function wall(wall: WallState, { traffic }: Snapshot['state'], now: number, time: TimeFormat): string {
  switch (wall.kind) {
    case 'proven':
      return `proven${traffic === 'deny' ? ' to refuse everything' : ''} ${time.ago(wall.at, now)}`;
    case 'unproven':
      return `not proven: ${wall.why}`;
    case 'not-in-use':
      return `not in use: ${wall.why}`;
  }
}
