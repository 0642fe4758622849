import { textOf } from '../platform/process/run-command.ts';
import { runningPrograms } from './engine-processes.ts';
import { attachmentFiles, unitsOf } from './files.ts';
import { findEngines, type InstalledEngine } from './find-engines.ts';
import type { Machine } from './machine.ts';
import { GUARD_UNIT, TABLE } from './names.ts';
import { processEnvironment } from './process-environment.ts';
import type { AttachmentRecord } from './record.ts';
import { findRootless, type RootlessEngine } from './rootless.ts';
import { type UnitFacts, unitFacts } from './units.ts';

/** A process that pulls images, by the name of its program. */
export interface EngineProcess {
  readonly pid: number;
  readonly program: string;
  /** `/system.slice/docker.service` */
  readonly controlGroup: string;
  /** Is it in the network namespace that the wall is in? */
  readonly hostNetwork: boolean;
}

/** All that an audit looks at: what the machine is like, beside what the attachment made it. */
export interface AuditFacts {
  readonly record: AttachmentRecord;
  readonly engines: readonly InstalledEngine[];
  /** `nft -s list table`, as it is; null where there is no such table. */
  readonly table: string | null;
  /** The same of a table that was just loaded from our rules, elsewhere; null where that could not be done. */
  readonly wantedTable: string | null;
  readonly guard: UnitFacts | null;
  readonly units: readonly UnitFacts[];
  /** Of the main process of each unit, by the unit's name; null where it could not be read. */
  readonly environments: ReadonlyMap<string, Readonly<Record<string, string>> | null>;
  /** Our files that are gone or have another content. */
  readonly changedFiles: readonly { path: string; missing: boolean; line: number }[];
  readonly processes: readonly EngineProcess[];
  /** Those of users, which no wall holds. */
  readonly rootless: readonly RootlessEngine[];
  /** Docker's own proxy settings, which win over its environment from Engine 23 on: the line of `/etc/docker/daemon.json`. */
  readonly daemonProxyLine: number | null;
}

export async function gatherFacts(machine: Machine, record: AttachmentRecord): Promise<AuditFacts> {
  const { run } = machine;
  const names = unitsOf(record.engines);
  const units = await unitFacts(run, [GUARD_UNIT, ...names]);
  const environments = new Map<string, Record<string, string> | null>();
  for (const { id, mainPid } of units)
    if (mainPid > 0) environments.set(id, await processEnvironment(machine, mainPid));
  const listed = textOf(await run(['nft', '-s', 'list', 'table', ...TABLE.split(' ')], { timeout: 20_000 }));
  return {
    record,
    engines: await findEngines(machine),
    table: listed.code === 0 ? listed.stdout : null,
    wantedTable: await wantedTable(machine, record),
    guard: units.find(({ id }) => id === GUARD_UNIT) ?? null,
    units: units.filter(({ id }) => names.includes(id)),
    environments,
    changedFiles: await changedFiles(machine, record),
    processes: await engineProcesses(machine),
    rootless: record.engines.includes('docker-rootless') ? await findRootless(machine) : [],
    daemonProxyLine: await daemonProxyLine(machine, record),
  };
}

/**
 * nft orders and words rules in its own way, so what is wanted is loaded into an empty network namespace and listed there. It is made from
 * the record: the file on the disk may have been changed and loaded.
 */
async function wantedTable({ run }: Machine, record: AttachmentRecord): Promise<string | null> {
  const { path, content } = attachmentFiles(record).find((file) => file.path.endsWith('/guard.nft')) ?? {};
  if (path === undefined) return null;
  const script = `nft -f - && nft -s list table ${TABLE}`;
  const command = ['unshare', '--net', '/bin/sh', '-c', script];
  const { code, stdout } = textOf(
    await run(command, { timeout: 20_000, ...(content === undefined ? {} : { input: content }) }),
  );
  return code === 0 ? stdout : null;
}

async function changedFiles(machine: Machine, record: AttachmentRecord): Promise<AuditFacts['changedFiles']> {
  const changed: { path: string; missing: boolean; line: number }[] = [];
  for (const { path, content } of attachmentFiles(record)) {
    const present = await machine.read(path);
    if (present === content) continue;
    changed.push({ path, missing: present === null, line: present === null ? 0 : firstDifference(content, present) });
  }
  return changed;
}

function firstDifference(wanted: string, present: string): number {
  const lines = wanted.split('\n');
  const others = present.split('\n');
  const at = others.findIndex((line, index) => line !== lines[index]);
  return (at < 0 ? Math.min(lines.length, others.length) : at) + 1;
}

const PROGRAMS = new Set(['dockerd', 'containerd', 'buildkitd']);

async function engineProcesses(machine: Machine): Promise<EngineProcess[]> {
  const found: EngineProcess[] = [];
  const { stdout: own } = textOf(await machine.run(['readlink', '/proc/self/ns/net']));
  for (const { pid, program, read } of await runningPrograms(machine, PROGRAMS)) {
    const groups = await read('cgroup');
    const { code, stdout } = textOf(await machine.run(['readlink', `/proc/${pid}/ns/net`]));
    // It has ended since.
    if (code !== 0 || groups === '') continue;
    found.push({
      pid,
      program,
      controlGroup: /^0::(.*)$/m.exec(groups)?.[1]?.replace(/\/\.control$/, '') ?? '',
      hostNetwork: stdout === own,
    });
  }
  return found;
}

async function daemonProxyLine(machine: Machine, { engines, gateway }: AttachmentRecord): Promise<number | null> {
  if (!engines.includes('docker')) return null;
  const lines = ((await machine.read('/etc/docker/daemon.json').catch(() => null)) ?? '').split('\n');
  const line = lines.findIndex((text) => /"https?-proxy"\s*:/.test(text) && !text.includes(gateway.proxy.host));
  return line < 0 ? null : line + 1;
}
