import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { waitFor } from '../support/background-process.ts';
import { agentOf, snapshotOf } from '../support/packed/agent-of.ts';
import { openPlace, type Place, type PlaceOptions } from '../support/packed/place.ts';

/** The packed program as an installed one: without a configuration of its own, in the places of the system and of its user. */
const packed = inject('packed');
const places: Place[] = [];

afterEach(async () => {
  for (const one of places.splice(0)) await one[Symbol.asyncDispose]();
});

async function place(options: Omit<PlaceOptions, 'packed' | 'user'> = {}): Promise<Place> {
  if (packed === null) throw new Error('not packed');
  const opened = await openPlace({ packed: packed.folder, user: packed.user, ...options });
  places.push(opened);
  return opened;
}

describe.skipIf(packed === null).each(['/opt/Portcullis', '/opt/Our programs (x64)/Portcullis'])('in %s', (where) => {
  it('starts from a file system that nobody can write to, opens links, and starts at the next login', async () => {
    const here = await place({ place: where });
    const { machine, session } = here;
    const written = await machine.run(machine.asRoot(['touch', join(where, 'written')]));
    expect([written.code, written.stderr]).toEqual([1, expect.stringContaining('Read-only file system')]);
    const tray = await session.start('--hidden');
    await tray.icon();
    const snapshot = await waitFor('the agent', () => snapshotOf(machine));
    expect(snapshot.managed).toMatchObject({ verdict: 'present' });
    expect(await session.windows()).toEqual([]);

    const link = await session.start('portcullis://check?image=gcr.io/distroless/static');
    expect(await link.ended()).toEqual([0, null]);
    await waitFor('the window', async () => (await session.windows()).length > 0);

    // A managed machine: so by default.
    const autostart = join(session.home, '.config', 'autostart', 'portcullis.desktop');
    const text = await waitFor('the autostart file', () => readFile(autostart, 'utf8').catch(() => null));
    expect(text).toContain(`Exec="${machine.program}" --hidden\n`);
    const validated = await session.run('desktop-file-validate', autostart);
    expect(validated).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await tray.end()).toEqual([0, null]);

    const icons = session.icons();
    const login = session.spawn(['gio', 'launch', autostart]);
    await waitFor('the end of gio', () => login.exitCode !== null);
    await waitFor('the icon after the login', () => session.icons() > icons);
    await waitFor('the agent', () => snapshotOf(machine));
    expect(await session.windows()).toEqual([]);
    // It is not a child of this test's, and other machines run the same program: the log of this home names the process.
    const log = await readFile(join(session.home, '.local', 'share', 'portcullis', 'agent.log'), 'utf8');
    const pid = /.*"pid":(\d+).*"agent started"/.exec(
      log.split('\n').findLast((line) => line.includes('"agent started"')) ?? '',
    )?.[1];
    expect(pid).toBeDefined();
    process.kill(Number(pid), 'SIGTERM');
    await waitFor('its end', async () => (await snapshotOf(machine)) === null);
  });
});

/** In a working directory that is deleted before the program starts. */
const NOWHERE = ['sh', '-c', 'here=$(mktemp -d) && cd "$here" && rmdir "$here" && exec "$@"', 'sh'];

describe.skipIf(packed === null)('in a working directory that has been deleted', () => {
  it('the tray starts, a second start opens the window of the first, and commands work', async () => {
    const { machine, session } = await place();
    const tray = await session.startWithin(NOWHERE, '--hidden');
    await tray.icon();
    await waitFor('the agent', () => snapshotOf(machine));
    expect(await session.windows()).toEqual([]);
    const second = await session.startWithin(NOWHERE);
    expect(await second.ended()).toEqual([0, null]);
    await waitFor('the window', async () => (await session.windows()).length > 0);
    const status = await session.run(...NOWHERE, '/usr/bin/portcullis', 'status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ version: '0.1.0' });
    expect(await tray.end()).toEqual([0, null]);
  });
});

describe.skipIf(packed === null)('"Start at login"', () => {
  it('is shown as it is while its file cannot be written, says why, and works as soon as it can', async () => {
    const { machine, session } = await place();
    const folder = join(session.home, '.config', 'autostart');
    await session.run('sh', '-c', 'mkdir -p "$1" && touch "$2"', 'sh', dirname(folder), folder);
    const tray = await session.start('--hidden');
    await tray.icon();
    const cannotWrite = { code: 'cannot-write', args: { path: join(folder, 'portcullis.desktop') } };
    // A managed machine: it should.
    const shown = async () => (await snapshotOf(machine))?.preferences.startAtLogin;
    await waitFor('the truth', async () => (await shown())?.problem);
    expect(await shown()).toMatchObject({ value: false, locked: false, problem: cannotWrite });
    await using agent = await agentOf(machine);
    await expect(agent.call('preferences.set', { startAtLogin: true })).rejects.toMatchObject({ problem: cannotWrite });
    await session.run('rm', folder);
    await agent.call('preferences.set', { startAtLogin: true });
    await waitFor('what was wanted', async () => (await shown())?.value);
    expect(await shown()).toEqual({ value: true, locked: false });
    expect(await readFile(join(folder, 'portcullis.desktop'), 'utf8')).toContain(machine.program);
    await agent.call('preferences.set', { startAtLogin: false });
    expect(await readdir(folder)).toEqual([]);
    expect(await tray.end()).toEqual([0, null]);
  });
});

describe.skipIf(packed === null)('/usr/bin/portcullis', () => {
  it('is the gateway for root and the command line for everybody', async () => {
    const here = await place();
    const { session, machine } = here;
    const before = await session.command('status');
    expect([before.code, before.stderr]).toEqual([1, expect.stringContaining('agent')]);
    const gateway = await here.startGateway();
    const tray = await session.start('--hidden');
    await tray.icon();
    await waitFor('the filter', async () => (await snapshotOf(machine))?.gateway !== null);
    const status = await session.command('status', '--json');
    expect(status.code).toBe(4);
    expect(JSON.parse(status.stdout)).toMatchObject({ version: '0.1.0', managed: { verdict: 'present' } });
    expect((await session.command('--version')).stdout).toContain('0.1.0');
    expect((await session.command('no-such-command')).code).toBe(2);
    const asked = await machine.run(machine.asRoot(['/usr/bin/portcullis', 'gateway', 'status', '--json']));
    expect([asked.code, JSON.parse(asked.stdout)]).toEqual([expect.any(Number), expect.any(Object)]);
    const ended = once(gateway, 'exit');
    gateway.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(await tray.end()).toEqual([0, null]);
  });

  it('starts no tray without a sandbox', async () => {
    const { session } = await place();
    const tray = await session.start('--no-sandbox');
    expect(await tray.ended()).toEqual([1, null]);
    expect(tray.output()).toContain('--no-sandbox');
  });
});
