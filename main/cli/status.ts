import type { Command } from 'commander';
import { describeState, titleOf } from '../../shared/messages/describe-state.ts';
import type { TimeFormat } from '../../shared/messages/format.ts';
import { holdText } from '../../shared/messages/hold-text.ts';
import { othersRemark } from '../../shared/messages/membership.ts';
import { teamsInWords, whoseProof } from '../../shared/messages/whose-proof.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../shared/problems/problem.ts';
import { fileProblemText, problemText } from '../../shared/problems/problem-line.ts';
import type { IpcClient } from '../../shared/schemas/ipc.ts';
import type { CallResult, Transition } from '../../shared/schemas/ipc-schema.ts';
import type { Snapshot, WallState } from '../../shared/schemas/snapshot.ts';
import { isInOrder, type StateAction, summaryOf } from '../../shared/state/derive-state.ts';
import type { PolicySummary } from '../../shared/state/inputs.ts';
import { belongs } from '../../shared/state/session.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { english } from './english.ts';
import { printable, printJson, printLine, printTable } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';
import { CHECKING, sayIfSlow } from './say-if-slow.ts';

/** `portcullis status`: is the organization's policy in force on this machine, why, and since when? */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('show whether the policy is in force on this machine, why, and since when')
    .option('--json', 'print the whole snapshot as JSON (docs/cli.md)')
    .option('--check', 'first check that the engine really is restricted')
    .option('--sent', 'print the report that was last sent to the server of your organization, byte for byte')
    .option('--watch', 'print every change until Ctrl-C; with --json one snapshot a line')
    .addHelpText('after', '\nExit code: 0 if everything is in order, 4 if not, 1 if the agent does not respond.')
    .action(async ({ json, check, watch, sent }: { json?: true; check?: true; watch?: true; sent?: true }) => {
      const { askAgent } = await import('./ask-agent.ts');
      if (sent) return printLastReport((await askAgent((client) => client.call('reports.last', {}))).sent);
      const checked = check ? await askAgent(checkNow) : null;
      if (watch) {
        const { watchStatus } = await import('./watch-status.ts');
        const stop = stopSignal();
        return askAgent((client) => watchStatus(client, json === true, stop));
      }
      const { snapshot, latest } = await askAgent(async (client) => ({
        snapshot: await client.call('snapshot.get', {}),
        latest: json ? null : ((await client.call('transitions.list', { limit: 1 })).items[0] ?? null),
      }));
      if (json) printJson(checked === null ? snapshot : { ...snapshot, check: checked.result });
      else printStatus(snapshot, latest, Date.now(), checked);
      if (!isInOrder(snapshot) || hasFailed(checked, snapshot)) throw new Exit(exitCodes.notInForce);
    });
}

/** For a program to read, so nothing but the bytes on standard output. @throws ProblemError `report-none` */
function printLastReport(sent: CallResult<'reports.last'>['sent']): void {
  if (sent === null) throw new ProblemError(problem('report-none'));
  process.stderr.write(`Sent ${english.time.exact(sent.at)} to ${printable(sent.url)}\n`);
  process.stdout.write(`${sent.body}\n`);
}

/** What a check that was made just now has shown. */
interface Checked {
  /** When it began, milliseconds since 1970. */
  at: number;
  result: CallResult<'enforcement.check'>;
}

async function checkNow(client: IpcClient): Promise<Checked> {
  const at = Date.now();
  return { at, result: await sayIfSlow(CHECKING, client.call('enforcement.check', {})) };
}

/** Where nobody manages the machine, there is nothing that a check could fail to prove. */
function hasFailed(checked: Checked | null, { state }: Snapshot): checked is Checked {
  return checked !== null && !checked.result.verified && state.id !== 'unmanaged';
}

/** Nobody answered, in which case nothing is known; whatever else failed is known. */
const NO_ANSWER = new Set(['probe-no-answer', 'filter-no-answer', 'engine-silent', 'gateway-away']);

function outcomeOf({ problem }: Checked['result']): string {
  return `checked just now: ${problem === null || NO_ANSWER.has(problem.code) ? 'no answer' : 'failed'}`;
}

/** The commands that do what the panel's buttons do. */
const COMMANDS: Record<StateAction, string> = {
  'run-checks': 'status --check',
  'copy-for-administrator': 'report',
  'sign-in': 'sign-in',
  sync: 'sync',
  'check-image': 'explain IMAGE',
};

/** @param latest the last change of state that the agent knows of; null if there was none. */
function printStatus(snapshot: Snapshot, latest: Transition | null, now: number, checked: Checked | null): void {
  const { time } = english;
  const { state, session, policy, sync, managed, walls, gateway, filter, engine } = snapshot;
  const text = describeState(snapshot, now, english);
  const { sentence, action } = text;
  const failed = hasFailed(checked, snapshot) ? checked : null;
  // No headline that says all is well above a check that says otherwise.
  if (failed !== null && isInOrder(snapshot)) {
    const outcome = outcomeOf(failed.result);
    printLine(`${outcome.charAt(0).toUpperCase()}${outcome.slice(1)} [${state.code}]`);
    if (failed.result.problem !== null) printLine(problemText(failed.result.problem));
  } else {
    printLine(`${titleOf(text)} [${state.code}]`);
    printLine(sentence);
    if (action !== null && state.action !== null) printLine(`Next: ${action} (portcullis ${COMMANDS[state.action]})`);
  }
  printLine();
  const current = policy === null ? null : summaryOf(policy);
  const who = session !== null && belongs(session) ? session : null;
  // Fetched a moment after the snapshot, so it may have led to another state.
  const since = latest?.to === state.id ? latest.at : null;
  const trouble = session !== null && 'problem' in session ? session.problem : null;
  const printed = new Set<string>();
  /** A problem that several parts report is printed once, where it comes first. */
  const once = (problem: Problem | null | undefined): string | null => {
    const text = problem ? problemText(problem) : null;
    if (text === null || printed.has(text)) return null;
    printed.add(text);
    return text;
  };
  printTable([
    ['Since', since === null ? null : `${time.exact(since)}, ${time.ago(since, now)}`],
    ['Organization', who?.org ?? null],
    ['Signed in', who === null ? null : (who.user.name ?? who.user.sub)],
    ['', othersRemark(snapshot, english)],
    ['Sign-in', once(trouble)],
    [
      'Policy',
      current &&
        `revision ${current.revision} from ${time.exact(current.iat * 1000)}, until ${time.exact(current.exp * 1000)}${
          state.traffic === 'deny' ? ', not in effect' : ''
        }`,
    ],
    ['Access', accessInWords(current)],
    ['Teams', teamsInWords(snapshot, english)],
    ['', whoseProof(snapshot, english)],
    ['Last sync', sync.lastContact === null ? null : time.ago(sync.lastContact, now)],
    ['Next sync', sync.next === null ? null : time.until(sync.next, now)],
    ['Sync problem', once(sync.problem)],
    ['Policy problem', once(policy !== null && 'problem' in policy ? policy.problem : null)],
    ['Configured in', managed?.source ?? null],
    ...(managed?.overridden ?? []).map(({ file, verdict, allowedOrgs }): [string, string] => [
      'Overrides',
      `${file}: ${allowedOrgs.join(', ') || verdict}`,
    ]),
    ['Check', failed && [outcomeOf(failed.result), once(failed.result.problem)].filter(Boolean).join('. ')],
    ['DNS filter', wall(walls.dns, state, now, time, failed)],
    ['Registry proxy', wall(walls.proxy, state, now, time, failed)],
    ['Gateway', once(gateway.problem)],
    ['Filter', once(filter !== null && 'problem' in filter ? filter.problem : null)],
    ['Blocked today', String(snapshot.deniedToday)],
    ['Engine', [engine.name, engine.socket].filter(Boolean).join(', ')],
    ...snapshot.engines.map((shown, index): [string, string] => [
      index === 0 ? 'Held by' : '',
      holdText(shown, english),
    ]),
    ['Reports', reports(snapshot, now, once)],
    ['Version', `${snapshot.version}${gatewayVersion(gateway)}, report ${snapshot.reportId}`],
  ]);
  const managedSeverity = managed?.verdict === 'present' ? 'warning' : 'error';
  // Of a machine that nobody manages they are part of its health.
  for (const problem of managed?.verdict === 'absent' ? [] : (managed?.problems ?? []))
    printLine(`${managedSeverity}: ${fileProblemText(problem)}`);
  for (const entry of snapshot.health) printLine(`${entry.severity}: ${problemText(entry)}`);
}

/** With what support asks for, in the list of machines. */
function reports(
  { reporting }: Snapshot,
  now: number,
  once: (problem: Problem | null | undefined) => string | null,
): string | null {
  if (reporting === null) return null;
  const { level, shortId, last, problem } = reporting;
  const said = [
    english.reporting.level[level],
    shortId === null ? null : english.reporting.machine(shortId),
    last === null ? null : english.reporting.sentAgo(english.time.ago(last.at, now)),
    last?.state == null ? null : `listed as ${english.reporting.state[last.state]}`,
    once(problem),
  ];
  return said.filter((part) => part !== null).join(', ');
}

/** What is allowed beside the list; null where nothing is. */
function accessInWords(policy: PolicySummary | null): string | null {
  const { grantCount = 0, voidGrants = 0 } = policy ?? {};
  const { grants, grantCount: counted, voidGrants: without } = english.panel.policy;
  const parts = [...(grantCount > 0 ? [counted(grantCount)] : []), ...(voidGrants > 0 ? [without(voidGrants)] : [])];
  return parts.length === 0 ? null : `${grants.toLowerCase()}: ${parts.join(', ')}`;
}

function gatewayVersion({ version, protocol }: Snapshot['gateway']): string {
  return version === null ? '' : `, gateway ${version}, protocol ${protocol ?? 0}`;
}

/** While everything is refused that is what a proof is of. @param failed a check since which no earlier proof counts. */
function wall(
  wall: WallState,
  { traffic }: Snapshot['state'],
  now: number,
  time: TimeFormat,
  failed: Checked | null,
): string {
  switch (wall.kind) {
    case 'proven':
      if (failed !== null && wall.at < failed.at) return outcomeOf(failed.result);
      return `proven${traffic === 'deny' ? ' to block everything' : ''} ${time.ago(wall.at, now)}`;
    case 'unproven':
      return `not proven: ${wall.why.message}`;
    case 'not-in-use':
      return `not in use: ${wall.why.message}`;
  }
}
