import { globSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { waitFor } from '../support/background-process.ts';
import { ask } from '../support/dns-client.ts';
import { agentOf, snapshotOf } from '../support/packed/agent-of.ts';
import { openPlace, type Place, type PlaceOptions } from '../support/packed/place.ts';
import { type PlayedClock, playClock } from '../support/packed/played-clock.ts';
import type { Tray } from '../support/packed/user-session.ts';

/**
 * What goes wrong under the packed program, in a real Electron and with the real gateway. Each time the filter is as strict as before, what
 * the user sees is true, the tray recovers by itself, the panel can be opened, and the log says what happened.
 */
const packed = inject('packed');
const places: Place[] = [];

afterEach(async () => {
  for (const one of places.splice(0)) await one[Symbol.asyncDispose]();
});

interface Running {
  place: Place;
  tray: Tray;
  stateDir: string;
  start(): Promise<Tray>;
}

interface Circumstances extends Pick<PlaceOptions, 'logind'> {
  /** Put before the program; the folder is its user's. */
  within?: (home: string) => Promise<string[]>;
}

/** Seconds. */
const TEN_YEARS = 3_652 * 24 * 60 * 60;

/** With the disk full, a sync may have failed meanwhile, which is said. */
const WITH_DISK_FULL = ['enforcing', 'enforcing-stale'];

const IN_FORCE = 'Restricted by acme';

/** Signed in, the policy in force, the panel never opened. */
async function running({ within = async () => [], ...options }: Circumstances = {}): Promise<Running> {
  if (packed === null) throw new Error('not packed');
  const place = await openPlace({ packed: packed.folder, user: packed.user, ...options });
  places.push(place);
  const { machine, session, hub } = place;
  await place.startGateway();
  const stateDir = join(session.home, 'agent');
  const config = join(session.home, 'shell.json');
  await writeFile(
    config,
    JSON.stringify({
      stateDir,
      socket: `/run/user/${machine.user.uid}/portcullis/agent.sock`,
      gatewayControl: '/run/portcullis/control.sock',
      secretFile: join(session.home, 'secret.json'),
    }),
  );
  const before = await within(session.home);
  const start = () => session.startWithin(before, '--config', config, '--hidden');
  const tray = await start();
  await tray.icon();
  await waitFor('the agent', async () => (await snapshotOf(machine))?.session?.kind === 'signed-out');
  await using agent = await agentOf(machine);
  const { authorizationUrl } = await agent.call('session.signIn', { opener: 'caller' });
  await hub.finishSignIn(authorizationUrl, 'mia');
  const here = { place, tray, stateDir, start };
  await staysInForce(here);
  return here;
}

/** The filter denies, and the tray says so, which shows that it is there. */
async function staysInForce(
  { place: { machine }, tray }: Pick<Running, 'place' | 'tray'>,
  states: readonly string[] = ['enforcing'],
): Promise<void> {
  await waitFor('enforcement', async () => states.includes((await snapshotOf(machine))?.state.id ?? ''));
  await waitFor('the tooltip', async () => (await tray.tooltip()).includes(IN_FORCE));
  expect(await denied(machine)).toBe('NXDOMAIN');
}

/** The code of the gateway's answer for a registry that the policy does not allow. */
async function denied(machine: Place['machine']): Promise<string> {
  // While no agent runs, what it was.
  const server = (await snapshotOf(machine))?.gateway.dns[0] ?? servers.get(machine);
  if (server === undefined) throw new Error('the gateway is not known yet');
  servers.set(machine, server);
  return (await ask(server, 'gcr.io')).rcode;
}

const servers = new WeakMap<Place['machine'], string>();

/** A click on the icon opens the panel; its title is the page's, which has it from the agent. */
async function panelShows({ place: { session }, tray }: Running, headline: string): Promise<void> {
  await tray.click();
  await waitFor(`a panel that shows ${headline}`, async () =>
    (await session.windows()).some((title) => title.includes(headline)),
  );
}

async function endsInOrder({ tray }: Running): Promise<void> {
  expect(await tray.end()).toEqual([0, null]);
}

/** Chromium's processes of this tray, by kind. */
function processes({ tray }: Running, kind: string): number[] {
  const all = globSync('/proc/[0-9]*/stat').flatMap((file) => processIn(file));
  const below = (pid: number): number[] => [
    pid,
    ...all.filter(({ parent }) => parent === pid).flatMap((child) => below(child.pid)),
  ];
  const ours = new Set(below(tray.pid));
  return all.flatMap(({ pid, words }) => (ours.has(pid) && words.includes(`--type=${kind}`) ? [pid] : []));
}

/** None where it has ended. */
function processIn(stat: string): { pid: number; parent: number; words: string[] }[] {
  try {
    const text = readFileSync(stat, 'utf8');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z') return [];
    const words = readFileSync(stat.replace(/stat$/, 'cmdline'), 'utf8').split(/[\0 ]/);
    return [{ pid: Number.parseInt(text, 10), parent: Number(parent), words }];
  } catch {
    return [];
  }
}

/** Kills the process of Chromium's of this kind that there is, or comes. */
async function kill(here: Running, kind: string): Promise<void> {
  const pids = await waitFor(`a ${kind}`, () => {
    const found = processes(here, kind);
    return found.length > 0 ? found : null;
  });
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await waitFor(`the end of the ${kind}`, () => !processes(here, kind).some((pid) => pids.includes(pid)));
}

/** What the log says with these words, oldest first. */
async function logged({ place: { machine }, stateDir }: Running, words: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(machine.path(join(stateDir, 'agent.log')), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.includes(words))
    .map((line) => JSON.parse(line));
}

describe.skipIf(packed === null)('the policy stays in force, and the tray recovers, when', () => {
  it('the page is killed three times: loaded again, then an error page, then nothing until the panel is opened', async () => {
    const here = await running();
    const { titles } = here.place.session;
    for (const times of [1, 2, 3]) {
      await kill(here, 'renderer');
      await waitFor('the crash in the log', async () => (await logged(here, 'panel crashed')).length === times);
      if (times === 2)
        await waitFor('the error page', async () => (await titles()).includes('The panel crashed · Portcullis'));
    }
    await staysInForce(here);
    expect(processes(here, 'renderer')).toEqual([]);
    const told = await logged(here, 'panel crashed');
    expect(told.map(({ reason, givenUp }) => [reason, givenUp])).toEqual([
      ['killed', false],
      ['killed', true],
      ['killed', true],
    ]);
    await panelShows(here, IN_FORCE);
    await endsInOrder(here);
  });

  it('the GPU process is killed, again and again', async () => {
    const here = await running();
    for (const times of [1, 2, 3]) {
      await kill(here, 'gpu-process');
      await waitFor('the end in the log', async () => (await gpuEnds(here)).length === times);
    }
    await waitFor('another', () => processes(here, 'gpu-process').length > 0);
    await staysInForce(here);
    await panelShows(here, IN_FORCE);
    expect((await gpuEnds(here)).map(({ reason }) => reason)).toEqual(['killed', 'killed', 'killed']);
    expect(await logged(here, 'panel crashed')).toEqual([]);
    await endsInOrder(here);
  });

  it('the agent fails in a loop: it says so, tries less and less often, and comes back', async () => {
    const here = await running();
    const { machine } = here.place;
    await endsInOrder(here);
    // Its socket cannot be made, and so it does not start.
    const runtime = `/run/user/${machine.user.uid}/portcullis`;
    await machine.run(machine.asRoot(['sh', '-c', 'rm -rf "$1" && mkdir -m 755 "$1"', 'sh', runtime]));
    here.tray = await here.start();
    await here.tray.icon();
    const failures = () => logged(here, '"agent failed"');
    await waitFor('three failures', async () => (await failures()).length >= 3);
    expect((await failures()).map(({ retryInMs }) => retryInMs).slice(0, 3)).toEqual([1_000, 2_000, 4_000]);
    expect(await here.tray.tooltip()).toContain('Portcullis is restarting');
    expect(await denied(machine)).toBe('NXDOMAIN');
    await panelShows(here, 'Connection to Portcullis lost');
    await machine.run(machine.asRoot(['rmdir', runtime]));
    await staysInForce(here);
    await waitFor('the truth', async () =>
      (await here.place.session.windows()).some((title) => title.includes(IN_FORCE)),
    );
    await endsInOrder(here);
  });

  it('the disk is full while preferences are written: the change fails with its reason, the old ones stay', async () => {
    const here = await running();
    const { machine } = here.place;
    await endsInOrder(here);
    await onSmallDisk(here);
    here.tray = await here.start();
    await here.tray.icon();
    await staysInForce(here);
    const emptyDisk = await fillDisk(here);
    await using agent = await agentOf(machine);
    for (const change of [{ theme: 'dark' }, { notifications: false, language: 'de' }] as const) {
      await expect(agent.call('preferences.set', change)).rejects.toMatchObject({
        problem: { code: 'cannot-write', args: { path: join(here.stateDir, 'preferences.json') } },
      });
    }
    const { theme, language, notifications } = (await agent.call('snapshot.get', {})).preferences;
    expect([theme.value, language.value, notifications?.value]).toEqual(['system', 'system', true]);
    await staysInForce(here, WITH_DISK_FULL);
    await panelShows(here, IN_FORCE);
    await emptyDisk();
    await agent.call('sync.now', {});
    await staysInForce(here);
    await agent.call('preferences.set', { theme: 'dark' });
    expect((await agent.call('snapshot.get', {})).preferences.theme.value).toBe('dark');
    await endsInOrder(here);
    const kept = JSON.parse(await readFile(machine.path(join(here.stateDir, 'preferences.json')), 'utf8'));
    expect(kept).toMatchObject({ theme: 'dark', language: 'system', notifications: true });
  });

  it('it is started on a disk that is full', async () => {
    const here = await running();
    const { machine, session } = here.place;
    await endsInOrder(here);
    await onSmallDisk(here);
    const emptyDisk = await fillDisk(here);
    here.tray = await here.start();
    await here.tray.icon();
    await staysInForce(here, WITH_DISK_FULL);
    await panelShows(here, IN_FORCE);
    await emptyDisk();
    await using agent = await agentOf(machine);
    await agent.call('sync.now', {});
    await staysInForce(here);
    await endsInOrder(here);
    expect(session.icons()).toBe(2);
  });

  it('its clock jumps ten years ahead, and then behind', async () => {
    const clocks: PlayedClock[] = [];
    const here = await running({
      async within(home) {
        const played = await playClock(home);
        clocks.push(played);
        return played.within;
      },
    });
    const { machine } = here.place;
    const looks = () => logged(here, 'the machine woke, its clock was set');
    /** The next jump comes once this one was noticed; two in a row may look like one. */
    const jumpTo = async (seconds: number) => {
      const before = (await looks()).length;
      await clocks[0]?.move(seconds);
      await waitFor('the look after the jump', async () => (await looks()).length > before);
    };
    await jumpTo(TEN_YEARS);
    const ahead = await waitFor('what is said of a clock that is ahead', async () => {
      const now = await snapshotOf(machine);
      return now?.session?.kind === 'offline' ? now : null;
    });
    expect(ahead).toMatchObject({
      state: { id: 'locked', cause: 'policy-expired', traffic: 'deny' },
      session: { problem: { code: 'sign-in-clock' } },
    });
    expect(await here.tray.tooltip()).toContain('All pulls are blocked');
    // What the tray believes of the time loosens nothing.
    expect(await denied(machine)).toBe('NXDOMAIN');
    await panelShows(here, 'All pulls are blocked');
    await jumpTo(-TEN_YEARS);
    await waitFor('what is said of one that is behind', async () =>
      (await snapshotOf(machine))?.health.some(
        ({ code, args }) => code === 'clock-skew' && Number(args?.minutesBehind) > 0,
      ),
    );
    expect(await denied(machine)).toBe('NXDOMAIN');
    await jumpTo(0);
    await waitFor('the right time', async () => (await snapshotOf(machine))?.health.length === 0);
    await staysInForce(here);
    await waitFor('the panel', async () =>
      (await here.place.session.windows()).some((title) => title.includes(IN_FORCE)),
    );
    await endsInOrder(here);
  });

  it('the machine was suspended: it asks anew as soon as it wakes', async () => {
    const here = await running({ logind: true });
    const looks = () => logged(here, 'the machine woke, its clock was set, or the network changed');
    const before = (await looks()).length;
    await here.place.session.sleepAndWake();
    await waitFor('the look after the sleep', async () => (await looks()).length > before);
    // By logind's word: that it slept would also be told by the clock.
    expect(await logged(here, 'the system resumed')).not.toEqual([]);
    await staysInForce(here);
    await panelShows(here, IN_FORCE);
    await endsInOrder(here);
  });
});

async function gpuEnds(here: Running): Promise<Record<string, unknown>[]> {
  return (await logged(here, 'a process of Chromium ended')).filter(({ type }) => type === 'GPU');
}

/** Puts what the tray keeps on a disk of its own, with little room left. */
async function onSmallDisk({ place: { machine }, stateDir }: Running): Promise<void> {
  const script =
    'set -eu; cp -a "$1" "$1.kept"; mount -t tmpfs -o size=4m,uid=$2,gid=$3,mode=700 tmpfs "$1"; cp -a "$1.kept/." "$1/"';
  const { uid, gid } = machine.user;
  const mount = ['sh', '-c', script, 'sh', stateDir, String(uid), String(gid)];
  expect(await machine.run(machine.asRoot(mount))).toMatchObject({ code: 0, stderr: '' });
}

/**
 * Fills that disk, and fills it again where something gives room back, such as the temporary file of a write that had begun.
 * @returns how to empty it
 */
async function fillDisk({ place: { machine }, stateDir }: Running): Promise<() => Promise<void>> {
  const shell = (script: string) => machine.run(machine.asUser(['sh', '-c', script, 'sh', join(stateDir, 'fill')]));
  expect((await shell('cat /dev/zero >"$1"')).stderr).toContain('No space left');
  const kept = shell('exec 3>>"$1"; while [ -e "$1" ]; do cat /dev/zero >&3; sleep 0.02; done 2>/dev/null');
  return async () => {
    await shell('rm "$1"');
    await kept;
  };
}
