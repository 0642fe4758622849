import { problem } from '../../shared/problems/catalogue.ts';
import type { AuditFinding } from '../../shared/schemas/attachment.ts';
import { textOf } from '../platform/process/run-command.ts';
import { runningPrograms } from './engine-processes.ts';
import { engineEnvironment } from './files.ts';
import type { Machine } from './machine.ts';
import { processEnvironment } from './process-environment.ts';
import type { AttachmentRecord } from './record.ts';

/** A Docker Engine that runs as a user, https://docs.docker.com/engine/security/rootless/. */
export interface RootlessEngine {
  readonly pid: number;
  readonly uid: number;
  /** The user's unit that it runs in, `docker.service`; null where somebody has started it otherwise. */
  readonly unit: string | null;
  /** Of the process; null where it has ended since. */
  readonly environment: Readonly<Record<string, string>> | null;
}

const DOCKER = new Set(['dockerd']);

/** Those that run now. */
export async function findRootless(machine: Machine): Promise<RootlessEngine[]> {
  const found: RootlessEngine[] = [];
  for (const { pid, read } of await runningPrograms(machine, DOCKER)) {
    const uid = Number(/^Uid:\s+(\d+)/m.exec(await read('status'))?.[1] ?? 0);
    if (uid === 0) continue;
    const unit = /\/user@\d+\.service\/(?:.*\/)?([^/\n]+\.service)(?:\/|$)/m.exec(await read('cgroup'))?.[1] ?? null;
    found.push({ pid, uid, unit, environment: await processEnvironment(machine, pid) });
  }
  return found;
}

/** Whether it goes by what the attachment has written for it. */
export function isLed({ environment }: RootlessEngine, record: Pick<AttachmentRecord, 'gateway' | 'wall'>): boolean {
  return environment?.HTTPS_PROXY === engineEnvironment(record).HTTPS_PROXY;
}

/** No wall holds them, so one that does not go through the gateway pulls what it likes. */
export function rootlessFindings(engines: readonly RootlessEngine[], record: AttachmentRecord): AuditFinding[] {
  if (!record.engines.includes('docker-rootless')) return [];
  return engines
    .filter((engine) => engine.environment !== null && !isLed(engine, record))
    .map(({ uid, pid }) => ({
      ...{ severity: 'open', engine: 'docker-rootless' },
      problem: problem('attachment-rootless-past', { uid, pid }),
    }));
}

/** Has the systemd of each user who is signed in read its units anew; where one does not answer, its user's next sign-in does the same. */
export async function reloadUsers(machine: Machine): Promise<void> {
  for (const uid of await machine.list('/run/user')) await asUser(machine, Number(uid), 'daemon-reload');
}

/**
 * Starts one anew, which ends its containers. The user may have made the unit such that it does not start: nobody else has to wait for
 * that, and the audit reports what runs past the gateway.
 */
export async function restartRootless(
  machine: Machine,
  { uid, unit }: Pick<RootlessEngine, 'uid' | 'unit'>,
): Promise<void> {
  if (unit === null) return;
  await asUser(machine, uid, 'daemon-reload');
  await asUser(machine, uid, 'restart', unit);
}

/** As the user, because root must not call what a user could have put into their session. */
async function asUser(machine: Machine, uid: number, ...words: string[]): Promise<void> {
  const { stdout } = textOf(await machine.run(['getent', 'passwd', String(uid)], { timeout: 20_000 }));
  const [name = ''] = stdout.split(':');
  if (name === '' || uid === 0) return;
  const runtime = `XDG_RUNTIME_DIR=/run/user/${uid}`;
  await machine.run(['runuser', '-u', name, '--', 'env', runtime, 'systemctl', '--user', ...words], {
    timeout: 120_000,
  });
}
