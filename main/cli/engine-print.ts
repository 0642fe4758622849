import { diff } from 'node:util';
import { problemText } from '../../shared/problems/problem-line.ts';
import type { FoundEngine, Hold } from '../../shared/schemas/attachment.ts';
import type { AuditResult } from '../attachment/audit.ts';
import type { AttachPlan, FileChange } from '../attachment/plan.ts';
import { printLine, printTable } from './print.ts';

const HOLDS: Record<Hold, string> = {
  wall: 'attached, wall',
  'guard-rail': 'attached, guard rail',
  nothing: 'not attached',
};

export function printEngines(engines: readonly FoundEngine[]): void {
  if (engines.length === 0) printLine('No container engine was found on this machine.');
  printTable(
    engines.map(({ name, version, running, hold, command }): [string, string] => [
      version === null ? name : `${name} ${version}`,
      [
        HOLDS[hold],
        running ? 'running' : 'not running',
        ...(command === null ? [] : [`to attach it: ${command}`]),
      ].join(', '),
    ]),
  );
}

/** What would change, as a diff, then what it means for who uses the machine. */
export function printPlan({ record, changes, restarts, refusals, notices }: AttachPlan): void {
  for (const change of changes) printChange(change);
  if (changes.length === 0) printLine('No file changes.');
  printLine();
  printTable([
    ['Engines', record.engines.join(', ') || 'none'],
    [
      'Gateway',
      `${record.local ? 'on this machine' : 'elsewhere'}, proxy ${record.gateway.proxy.host}:${record.gateway.proxy.port}`,
    ],
    [
      'Wall',
      record.wall === 'nftables'
        ? 'nftables, by control group'
        : "systemd's packet filter (this kernel cannot match control groups)",
    ],
  ]);
  printRestarts(restarts);
  for (const notice of notices) printLine(`note: ${problemText(notice)}`);
  for (const refusal of refusals) printLine(`refused: ${problemText(refusal)}`);
}

function printChange({ path, before, after }: FileChange): void {
  printLine(`--- ${before === null ? '/dev/null' : path}`);
  printLine(`+++ ${after === null ? '/dev/null' : path}`);
  for (const [sign, line] of diff(linesOf(before), linesOf(after))) {
    printLine(`${sign === 0 ? ' ' : sign > 0 ? '-' : '+'}${line}`);
  }
}

function linesOf(text: string | null): string[] {
  return text === null ? [] : text.replace(/\n$/, '').replaceAll('\t', '    ').split('\n');
}

function printRestarts(restarts: AttachPlan['restarts']): void {
  for (const { name, uid, containers } of restarts) {
    const list = containers.slice(0, 10).join(', ');
    const more = containers.length > 10 ? ` and ${containers.length - 10} more` : '';
    printLine(
      `${name} has to be restarted ${uid === null ? 'before it can pull' : 'before it goes through the gateway'}${containers.length === 0 ? '.' : `, which ends these containers: ${list}${more}.`}`,
    );
  }
}

export function printOutcome({ record, restarts, notices }: AttachPlan, restarted: boolean): void {
  printLine(`Attached: ${record.engines.join(', ')}.`);
  if (!restarted && restarts.length > 0) {
    printLine('The wall is up. These engines get the proxy when they start next:');
    printRestarts(restarts);
    printLine('To restart them now: sudo portcullis engine attach --restart');
  }
  for (const notice of notices) printLine(`note: ${problemText(notice)}`);
}

export function printAudit(attached: boolean, { engines, findings }: AuditResult): void {
  printEngines(engines);
  if (!attached) {
    printLine('Nothing is attached.');
    return;
  }
  for (const { severity, problem } of findings) {
    printLine(`${severity === 'open' ? 'way past' : 'changed'}: ${problemText(problem)}`);
  }
  if (findings.length === 0) printLine('Everything is as it was attached.');
}
