import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand, textOf } from '../../main/platform/process/run-command.ts';
import { startProcess, waitFor } from '../support/background-process.ts';
import { controlGroups, removeAbandonedGuests, SETUP_LOCK, startGuest } from '../support/systemd-guest.ts';

/** What is left of the guests of a process. */
function traces(pid: number): string[] {
  const groups = readdirSync(controlGroups()).filter((name) => name.startsWith(`portcullis-guest-${pid}-`));
  return [...groups, ...(existsSync(`/run/netns/pc${pid}`) ? ['its network'] : [])];
}

describe('removing the guests of killed tests', () => {
  it('leaves a guest alone that is about to boot', async () => {
    // Where a guest waits while packages are installed: it has a control group, and no process in it yet.
    await using lock = await startProcess(['flock', '--no-fork', SETUP_LOCK, 'sleep', 'infinity']);
    await waitFor('the lock', async () => {
      const { code } = textOf(await runCommand(['flock', '--nonblock', SETUP_LOCK, 'true']));
      return code !== 0;
    });
    const booting = startGuest({ hostOctets: [1], ca: '' });
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() =>
      booting.then(
        (guest) => guest[Symbol.asyncDispose](),
        () => undefined,
      ),
    );
    cleanup.defer(() => lock.stop());
    const before = await waitFor('its control group', () => {
      const seen = traces(process.pid);
      return seen.length === 2 && seen;
    });
    await removeAbandonedGuests();
    expect(traces(process.pid)).toEqual(before);
    await lock.stop();
    expect(await (await booting).ok('cat', '/proc/1/comm')).toBe('systemd\n');
  });

  it('is done once their process is gone', async () => {
    await using cleanup = new AsyncDisposableStack();
    // What a killed one leaves there is removed by nobody else.
    const folder = await mkdtemp(join(tmpdir(), 'portcullis-abandoned-'));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    const script = join(import.meta.dirname, '../support/abandoned-guest.ts');
    const owner = cleanup.use(
      await startProcess([process.execPath, script], { env: { ...process.env, TMPDIR: folder } }),
    );
    await waitFor('the guest', () => {
      if (!owner.running()) throw new Error(owner.output());
      return owner.output().includes('booted');
    });
    await removeAbandonedGuests();
    expect(traces(owner.pid), 'the owner is alive').toHaveLength(2);
    await owner.stop('SIGKILL');
    await waitFor('its traces to be gone', async () => {
      await removeAbandonedGuests();
      return traces(owner.pid).length === 0;
    });
  });
});
