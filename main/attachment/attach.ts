import { join } from 'node:path/posix';
import { ATTACHMENT_FILE } from '../../shared/schemas/attachment.ts';
import { runOrThrow } from '../platform/process/run-command.ts';
import { undoAttachment } from './detach.ts';
import type { Machine } from './machine.ts';
import { ATTACHMENT_FOLDER, AUDIT_PATH, AUDIT_TIMER, AUDIT_UNIT, GATEWAY_UNIT, GUARD_UNIT } from './names.ts';
import type { AttachPlan, NeededRestart } from './plan.ts';
import { recordText } from './record.ts';
import { reloadUsers, restartRootless } from './rootless.ts';

/** One of the things that make an attachment. Each can be done again. */
export interface AttachStep {
  readonly title: string;
  run(): Promise<unknown>;
}

export interface AttachRun {
  /** Start the engines anew now, which ends their containers where they have no live restore. */
  readonly restart: boolean;
  readonly say: (line: string) => void;
}

/** In order. After a kill between any two of them, doing all again finishes, and a detach undoes. */
export function attachSteps(machine: Machine, plan: AttachPlan, { restart }: AttachRun): AttachStep[] {
  const { record, before, changes, restarts } = plan;
  const systemctl = (...words: string[]) => runOrThrow(machine.run, ['systemctl', ...words], { timeout: 300_000 });
  const ours = { ...record, files: [...new Set([...(before?.files ?? []), ...record.files])].sort() };
  return [
    {
      title: `write ${ATTACHMENT_FILE}`,
      run: () => machine.write(ATTACHMENT_FILE, recordText({ ...ours, state: 'attaching' }), 0o644),
    },
    ...changes.map(({ path, after, mode }) =>
      after === null
        ? { title: `remove ${path}`, run: () => machine.remove(path) }
        : { title: `write ${path}`, run: () => machine.write(path, after, mode) },
    ),
    {
      title: 'have systemd read the units',
      run: async () => {
        await systemctl('daemon-reload');
        if (record.engines.includes('docker-rootless')) await reloadUsers(machine);
      },
    },
    { title: `enable ${GUARD_UNIT}`, run: () => systemctl('enable', '--quiet', GUARD_UNIT, AUDIT_TIMER, AUDIT_PATH) },
    {
      title: 'load the wall',
      run: async () => {
        // Directly first: what it says when it fails is of more use than what systemctl says of it.
        await runOrThrow(machine.run, ['/bin/sh', join(ATTACHMENT_FOLDER, 'guard.sh'), 'load'], { timeout: 60_000 });
        await systemctl('restart', GUARD_UNIT);
      },
    },
    ...(record.local
      ? [
          { title: `enable ${GATEWAY_UNIT}`, run: () => systemctl('enable', '--quiet', GATEWAY_UNIT) },
          { title: 'start the gateway', run: () => systemctl('start', GATEWAY_UNIT) },
        ]
      : []),
    ...(restart
      ? restarts.map((needed) => ({ title: `restart ${needed.name}`, run: () => restartEngine(machine, needed) }))
      : []),
    {
      title: 'note that the attachment is complete',
      run: () => machine.write(ATTACHMENT_FILE, recordText({ ...record, state: 'attached' }), 0o644),
    },
    {
      title: 'start the audit',
      run: async () => {
        await systemctl('restart', AUDIT_TIMER, AUDIT_PATH);
        await systemctl('start', AUDIT_UNIT);
      },
    },
  ];
}

async function restartEngine(machine: Machine, { unit, uid }: NeededRestart): Promise<void> {
  if (uid !== null) return restartRootless(machine, { uid, unit });
  // systemd refuses a start where there were several in the last minute.
  await machine.run(['systemctl', 'reset-failed', unit], { timeout: 60_000 });
  await runOrThrow(machine.run, ['systemctl', 'restart', unit], { timeout: 300_000 });
}

/**
 * Attaches what the plan says. If a step fails, the machine is put back as it was before: to the attachment that was there, or to none.
 *
 * @throws the error of the step, after that.
 */
export async function attach(machine: Machine, plan: AttachPlan, options: AttachRun): Promise<void> {
  try {
    for (const step of attachSteps(machine, plan, options)) {
      options.say(step.title);
      await step.run();
    }
  } catch (error) {
    options.say('that failed; putting the machine back as it was');
    await rollBack(machine, plan, options);
    throw error;
  }
}

async function rollBack(machine: Machine, plan: AttachPlan, { restart, say }: AttachRun): Promise<void> {
  const { before, record, changes, restarts } = plan;
  if (before === null) {
    // What an older guide had put here is no part of the attachment.
    await undoAttachment(machine, record, { restart, say });
    for (const { path, before: content, mode } of changes.filter(({ after }) => after === null)) {
      if (content !== null) await machine.write(path, content, mode);
    }
    await machine.run(['systemctl', 'daemon-reload'], { timeout: 60_000 });
    return;
  }
  for (const { path, before: content, mode } of changes) {
    if (content === null) await machine.remove(path);
    else await machine.write(path, content, mode);
  }
  await machine.write(ATTACHMENT_FILE, recordText(before), 0o644);
  await machine.run(['systemctl', 'daemon-reload'], { timeout: 60_000 });
  await machine.run(['systemctl', 'restart', GUARD_UNIT], { timeout: 60_000 });
  if (!restart) return;
  for (const { unit, uid } of restarts) {
    if (uid === null) await machine.run(['systemctl', 'restart', unit], { timeout: 300_000 });
    else await restartRootless(machine, { uid, unit });
  }
}
