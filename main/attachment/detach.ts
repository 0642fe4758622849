import { dirname, join } from 'node:path/posix';
import { DIRECT_PROBE_SUFFIX } from '../../shared/probe-names.ts';
import { ATTACHMENT_FILE } from '../../shared/schemas/attachment.ts';
import { runOrThrow } from '../platform/process/run-command.ts';
import { attachmentFiles, engineEnvironment, unitsOf } from './files.ts';
import type { Machine } from './machine.ts';
import { ATTACHMENT_FOLDER, AUDIT_PATH, AUDIT_TIMER, AUDIT_UNIT, GATEWAY_UNIT, GUARD_UNIT } from './names.ts';
import { processEnvironment } from './process-environment.ts';
import type { AttachmentRecord } from './record.ts';
import { findRootless, isLed, reloadUsers, restartRootless } from './rootless.ts';
import { unitFacts } from './units.ts';

export interface DetachRun {
  /** Start engines anew that still run with the gateway's proxy; otherwise they keep it until their next start. */
  readonly restart: boolean;
  readonly say: (line: string) => void;
}

/**
 * Takes everything away that an attachment has put on the machine, in the order in which nothing is left half: what the engines read at
 * their start, the engines themselves, then the wall, its files, and the record last. It can be called again after a kill.
 *
 * @throws ProblemError `command-failed` where an engine does not start; all the rest is done even so.
 */
export async function undoAttachment(
  machine: Machine,
  record: AttachmentRecord,
  { restart, say }: DetachRun,
): Promise<void> {
  const failures: unknown[] = [];
  const attempt = async (title: string, work: () => Promise<unknown>): Promise<void> => {
    say(title);
    await work().catch((error: unknown) => failures.push(error));
  };
  const quietly = (...words: string[]) => machine.run(['systemctl', ...words], { timeout: 60_000 });
  const inFolder = (path: string): boolean => path.startsWith(`${ATTACHMENT_FOLDER}/`);
  const ownConfig = record.files.find((path) => path.endsWith('/gateway.json'));

  await quietly('disable', '--quiet', '--now', AUDIT_TIMER, AUDIT_PATH);
  // Where a failed detach has removed their files, they cannot be disabled any more, only stopped.
  await quietly('stop', AUDIT_TIMER, AUDIT_PATH, AUDIT_UNIT);
  await quietly('disable', '--quiet', GUARD_UNIT);
  for (const path of record.files.filter((file) => !inFolder(file) && file !== ownConfig)) {
    await attempt(`remove ${path}`, () => machine.remove(path));
  }
  await attempt('have systemd read the units', () => runOrThrow(machine.run, ['systemctl', 'daemon-reload']));
  const rootless = record.engines.includes('docker-rootless');
  if (rootless) await reloadUsers(machine);
  if (restart && rootless) {
    for (const engine of await findRootless(machine)) {
      if (!isLed(engine, record)) continue;
      say(`restart Docker Engine (rootless) of user ${engine.uid}`);
      await restartRootless(machine, engine);
    }
  }
  if (restart) {
    for (const unit of await unitsWithOurProxy(machine, record)) {
      await quietly('reset-failed', unit);
      await attempt(`restart ${unit}`, () =>
        runOrThrow(machine.run, ['systemctl', 'restart', unit], { timeout: 300_000 }),
      );
    }
  }
  if (ownConfig !== undefined) {
    // A gateway whose configuration came with the attachment has nothing to serve without it.
    await quietly('disable', '--quiet', '--now', GATEWAY_UNIT);
    await attempt(`remove ${ownConfig}`, () => machine.remove(ownConfig));
  }
  const guard = join(ATTACHMENT_FOLDER, 'guard.sh');
  // Without its rules nothing loads the wall again, not even an audit that is still running.
  await machine.remove(join(ATTACHMENT_FOLDER, 'guard.nft'));
  let isWallGone = true;
  if (await machine.exists(guard)) {
    const failed = failures.length;
    await attempt('remove the wall', () => runOrThrow(machine.run, ['/bin/sh', guard, 'drop'], { timeout: 60_000 }));
    isWallGone = failures.length === failed;
  }
  await quietly('stop', GUARD_UNIT);
  await quietly('reset-failed', GUARD_UNIT, AUDIT_UNIT);
  // What removes the wall stays as long as the wall.
  for (const path of record.files.filter((file) => isWallGone && inFolder(file))) {
    await attempt(`remove ${path}`, () => machine.remove(path));
  }
  for (const name of ['seen', 'seen.new', 'audit.json']) await machine.remove(join('/run/portcullis-attachment', name));
  await machine.removeFolder('/run/portcullis-attachment');
  await machine.remove('/run/lock/portcullis-engine-guard');
  if (failures.length > 0) throw failures[0];
  await machine.remove(ATTACHMENT_FILE);
  for (const folder of record.folders.toSorted((a, b) => b.length - a.length)) await machine.removeFolder(folder);
}

/**
 * What to undo where the record is damaged: everything that an attachment can have put on a machine. Only the gateway's own configuration
 * stays, because nobody can say any more whose it is.
 */
export function unknownAttachment(): AttachmentRecord {
  const nowhere = { host: '0.0.0.0', port: 1 };
  const record: AttachmentRecord = {
    ...{ version: 1, at: 0, state: 'attaching', local: true, wall: 'nftables', machineDns: false },
    gateway: { engine: [nowhere], workload: [nowhere], proxy: nowhere },
    engines: ['docker', 'containerd', 'podman', 'buildkit', 'docker-rootless'],
    ...{ addresses: [], allow: [], program: ['portcullis'], files: [], folders: [] },
  };
  const files = attachmentFiles(record).map(({ path }) => path);
  return {
    ...record,
    files,
    folders: [...new Set(files.map((file) => dirname(file)))].filter(
      (folder) => folder.endsWith('.d') || folder === ATTACHMENT_FOLDER,
    ),
  };
}

async function unitsWithOurProxy(machine: Machine, record: AttachmentRecord): Promise<string[]> {
  const proxy = engineEnvironment(record).HTTPS_PROXY;
  const units: string[] = [];
  const ours = unitsOf(record.engines);
  const facts = await unitFacts(machine.run, ours);
  // In the order in which they depend on each other, which systemctl does not keep.
  for (const name of ours) {
    const unit = facts.find(({ id }) => id === name);
    if (unit === undefined || unit.mainPid === 0) continue;
    const environment = await processEnvironment(machine, unit.mainPid);
    const isOurs = environment?.HTTPS_PROXY === proxy || environment?.NO_PROXY?.includes(DIRECT_PROBE_SUFFIX);
    if (isOurs) units.push(unit.id);
  }
  return units;
}
