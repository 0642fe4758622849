import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { wordsFor } from '../../../shared/messages/words.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { waitFor } from '../../support/background-process.ts';
import { type Desktop, openDesktop } from '../../support/desktop/desktop.ts';
import { installTray } from '../../support/desktop/installed-tray.ts';
import {
  type IconPlace,
  iconsSeen,
  picture,
  type Rectangle,
  trayArea,
  windowsSeen,
} from '../../support/desktop/screen.ts';
import { flat, trayItem } from '../../support/desktop/tray-item.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import type { ProgramFigures, TrayFigures } from './figures.ts';
import { kindOf, processTree, sleeps } from './process-tree.ts';
import { bareElectron, portcullis, type StartedProgram, type TrayProgram } from './programs.ts';
import { type ScreenWatch, watchScreen } from './screen-watch.ts';

/**
 * Measures the tray and a bare Electron in turns, on a desktop, with the real gateway and hub: run by `run-tray.ts` as a user who may have
 * Chromium's sandbox. What counts is on the screen, where a person sees it.
 */
const Settings = z.object({
  electron: z.string(),
  /** Where the runner tells of memory, as root. */
  memory: z.string(),
  results: z.string(),
  rounds: z.number(),
  clicks: z.number(),
  /** Seconds until nothing is left to do after a start or an hour's events. */
  rest: z.number(),
  /** Seconds for which wake-ups are counted. */
  count: z.number(),
  hours: z.number(),
});
const settings = Settings.parse(parseJson(process.argv[2] ?? ''));

const ICON = join(import.meta.dirname, '../../../assets/tray/linux/enforcing-green@2x.png');
const GREEN = 'enforcing-green';
/** Pixels do not change for this long when all is painted; milliseconds. */
const QUIET = 1_000;
/** After the icon the page is loaded and painted, hidden; milliseconds. */
const LOADED = 3_000;
const PATIENCE = 60_000;
/** Where the pointer is in nobody's way. */
const AWAY = { x: 400, y: 1_000 };
/** Pixels of the window's upper part, to the end of the headline: what a person opens it for. Below it ages grow. */
const HEADLINE = 160;
const HOUR = { blocked: 360, revisions: 12, openings: 60 };
const { menu } = wordsFor('system', 'en').shell;
const Answer = z.object({ is: z.enum(['pss', 'anonymous']), mebibytes: z.array(z.number()) });

interface Scene {
  desktop: Desktop;
  watch: ScreenWatch;
  gateway: TestGateway;
  hub: TestHub;
}

/** When the pixels there first were what they stay, in milliseconds after `begin` resolves. */
async function painted(watch: ScreenWatch, area: Rectangle, begin: () => Promise<void>): Promise<number> {
  const first = await watch.look(area);
  const start = performance.now();
  await begin();
  let last = first;
  let changedAt = start;
  let changed = false;
  for (;;) {
    const now = await watch.look(area);
    const at = performance.now();
    if (!now.equals(last)) {
      [last, changedAt, changed] = [now, at, true];
    }
    if (changed && at - changedAt > QUIET) return changedAt - start;
    if (at - start > PATIENCE) throw new Error('nothing was painted');
    await delay(2);
  }
}

/** Starts a program. @returns how long it took to its icon, in milliseconds. */
async function iconAfterStart(
  { watch }: Scene,
  program: TrayProgram,
): Promise<{ ms: number; running: StartedProgram }> {
  const area = trayArea(1600);
  const empty = await watch.look(area);
  const start = performance.now();
  const starting = program.start();
  starting.catch(() => undefined);
  while ((await watch.look(area)).equals(empty)) {
    if (performance.now() - start > PATIENCE) throw new Error('there is no icon');
    await delay(2);
  }
  const ms = performance.now() - start;
  return { ms, running: await starting };
}

async function icon({ desktop }: Scene, name = GREEN): Promise<IconPlace> {
  return waitFor(`the icon ${name}`, async () => (await iconsSeen(desktop)).find((seen) => seen.name === name));
}

async function stop(scene: Scene, running: StartedProgram): Promise<void> {
  await running.stop();
  await waitFor('the icon’s end', async () => (await iconsSeen(scene.desktop)).length === 0);
}

async function signIn({ desktop, hub }: Scene): Promise<void> {
  await waitFor('the menu', async () =>
    flat(await (await trayItem(desktop)).menu()).some(({ label }) => label === menu.signIn),
  );
  await (await trayItem(desktop)).choose(menu.signIn);
  const address = await waitFor('the browser', async () => (await desktop.opened()).at(-1));
  await hub.finishSignIn(address, 'mia');
}

function windowOf({ desktop }: Scene, { title }: TrayProgram) {
  return async (): Promise<Rectangle | undefined> => (await windowsSeen(desktop, '--name', `${title}$`))[0];
}

/** Where the window opens; it is hidden again. */
async function placeOf(scene: Scene, program: TrayProgram, at: IconPlace): Promise<Rectangle> {
  const window = windowOf(scene, program);
  await scene.watch.click(at);
  const place = await waitFor('the window', window);
  await delay(2 * QUIET);
  await scene.watch.click(at);
  await waitFor('the window’s end', async () => (await window()) === undefined);
  return place;
}

/** From the click to the upper part of the window as it stays, in milliseconds. It is hidden again. */
async function opened(scene: Scene, program: TrayProgram, place: Rectangle, at: IconPlace): Promise<number> {
  const { watch } = scene;
  const area = { ...place, height: HEADLINE };
  // There already, as when a person clicks: the panel lights the icon up.
  await watch.move(at);
  await delay(QUIET);
  const ms = await painted(watch, area, () => watch.click(at));
  const pictures = process.env.PORTCULLIS_PICTURES;
  if (pictures) await picture(scene.desktop, join(pictures, `bench-${program.title}.png`));
  await painted(watch, area, () => watch.click(at));
  await watch.move(AWAY);
  return ms;
}

/** MiB of each of these processes. */
async function memoryOf(pids: readonly number[]): Promise<z.infer<typeof Answer>> {
  const socket = connect(settings.memory);
  await once(socket, 'connect');
  socket.write(`${JSON.stringify(pids)}\n`);
  const [line] = await once(createInterface(socket), 'line');
  socket.destroy();
  return Answer.parse(parseJson(String(line)));
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);

function byKind<T>(entries: readonly T[], kind: (entry: T) => string, value: (entry: T) => number): [string, number][] {
  const totals = new Map<string, number>();
  for (const entry of entries) totals.set(kind(entry), (totals.get(kind(entry)) ?? 0) + value(entry));
  return [...totals].sort(([, a], [, b]) => b - a);
}

async function wakeUps(pid: number): Promise<{ all: number; by: [string, number][] }> {
  const before = sleeps(processTree(pid));
  const start = performance.now();
  await delay(settings.count * 1000);
  const after = sleeps(processTree(pid));
  const perMinute = 60_000 / (performance.now() - start);
  const changed = [...after].map(([thread, times]) => ({
    thread,
    times: (times - (before.get(thread) ?? 0)) * perMinute,
  }));
  const kind = ({ thread }: { thread: string }): string => {
    const [process = '', , name = ''] = thread.split('/');
    return `${kindOf(Number(process))} ${name}`;
  };
  const by = byKind(changed, kind, ({ times }) => times).filter(([, times]) => times >= 1);
  return { all: sum(changed.map(({ times }) => times)), by };
}

/** What a busy hour brings, as fast as it goes: blocked pulls, changes of the list, looks at the panel. */
async function playHour(scene: Scene, hour: number): Promise<void> {
  const { gateway, hub, desktop } = scene;
  for (let revision = 0; revision < HOUR.revisions; revision += 1) {
    for (let pull = 0; pull < HOUR.blocked / HOUR.revisions; pull += 1) {
      await gateway.query(`blocked-${pull}.h${hour}.example`);
    }
    const saved = await hub.putSettings('acme', { registries: [{ address: `h${hour}-${revision}.example` }] });
    await waitFor('the list', async () => (await gateway.status()).policy?.revision === saved.revision);
    await desktop.run('dunstctl', 'close-all');
  }
}

async function openings({ watch }: Scene, at: IconPlace): Promise<void> {
  for (let opening = 0; opening < 2 * HOUR.openings; opening += 1) {
    await watch.click(at);
    await delay(200);
  }
  await watch.move(AWAY);
}

async function session(
  scene: Scene,
  program: TrayProgram,
  place: Rectangle,
  events: (hour: number) => Promise<void>,
): Promise<Omit<ProgramFigures, keyof StartFigures> & { memoryIs: TrayFigures['memoryIs'] }> {
  const { running } = await iconAfterStart(scene, program);
  const at = await icon(scene);
  await scene.desktop.run('dunstctl', 'close-all');
  await delay(settings.rest * 1000);
  const pids = processTree(running.pid);
  const first = await memoryOf(pids);
  const kinds = pids.map((pid, index) => ({ kind: kindOf(pid), mebibytes: first.mebibytes[index] ?? 0 }));
  const hidden = await wakeUps(running.pid);
  const clickToPainted: number[] = [];
  for (let time = 0; time <= settings.clicks; time += 1) {
    const ms = await opened(scene, program, place, at);
    if (time > 0) clickToPainted.push(ms);
  }
  await scene.watch.click(at);
  await scene.watch.move(AWAY);
  await delay(settings.rest * 1000);
  const open = await wakeUps(running.pid);
  await scene.watch.click(at);
  await scene.watch.move(AWAY);
  const memory = [sum(first.mebibytes)];
  for (let hour = 1; hour <= settings.hours; hour += 1) {
    await events(hour);
    await openings(scene, at);
    await delay(settings.rest * 1000);
    memory.push(sum((await memoryOf(processTree(running.pid))).mebibytes));
  }
  await stop(scene, running);
  return {
    clickToPainted,
    wakeUps: { hidden: hidden.all, open: open.all },
    wakeUpsBy: hidden.by,
    memory,
    memoryBy: byKind(
      kinds,
      ({ kind }) => kind,
      ({ mebibytes }) => mebibytes,
    ),
    memoryIs: first.is,
  };
}

type StartFigures = Pick<ProgramFigures, 'startToIcon' | 'firstClickToPainted'>;

/** Starts the programs in turns; the first round fills the caches of the machine and does not count. */
async function starts(
  scene: Scene,
  programs: readonly TrayProgram[],
): Promise<(StartFigures & { place: Rectangle })[]> {
  const all = programs.map(() => ({ startToIcon: [], firstClickToPainted: [], place: null }) as StartsSoFar);
  for (let round = 0; round <= settings.rounds; round += 1) {
    for (const [index, program] of programs.entries()) {
      const figures = all[index];
      if (figures === undefined) continue;
      const { ms, running } = await iconAfterStart(scene, program);
      const at = await icon(scene);
      await scene.desktop.run('dunstctl', 'close-all');
      await delay(LOADED);
      if (figures.place === null) figures.place = await placeOf(scene, program, at);
      else {
        figures.startToIcon.push(ms);
        figures.firstClickToPainted.push(await opened(scene, program, figures.place, at));
      }
      await scene.watch.move(AWAY);
      await stop(scene, running);
    }
  }
  return all.map(({ place, ...figures }) => {
    if (place === null) throw new Error('not started');
    return { ...figures, place };
  });
}
interface StartsSoFar extends StartFigures {
  place: Rectangle | null;
}

async function measure(): Promise<TrayFigures> {
  await using stack = new AsyncDisposableStack();
  const hub = await startHub();
  stack.defer(() => hub.stop());
  const gateway = await startGateway({ settings: { hub: hub.url, policyKeys: await hub.policyKeys() } });
  stack.defer(() => gateway.stop());
  const desktop = await openDesktop();
  stack.defer(() => desktop.close());
  const ours = portcullis(await installTray(desktop, gateway));
  stack.defer(() => ours.remove());
  const bare = await bareElectron(desktop, ICON);
  stack.defer(() => bare.remove());
  const watch = await watchScreen(desktop.env.DISPLAY ?? '');
  stack.defer(() => watch.close());
  const scene: Scene = { desktop, watch, gateway, hub };
  await watch.move(AWAY);

  const first = await iconAfterStart(scene, ours);
  await signIn(scene);
  await icon(scene);
  await stop(scene, first.running);
  const [ofOurs, ofBare] = await starts(scene, [ours, bare]);
  if (ofOurs === undefined || ofBare === undefined) throw new Error('not started');
  const { memoryIs, ...oursAtWork } = await session(scene, ours, ofOurs.place, (hour) => playHour(scene, hour));
  const { memoryIs: _same, ...bareAtWork } = await session(scene, bare, ofBare.place, async () => undefined);
  return {
    electron: settings.electron,
    memoryIs,
    portcullis: { ...ofOurs, ...oursAtWork },
    bare: { ...ofBare, ...bareAtWork },
    hour: HOUR,
  };
}

writeFileSync(settings.results, JSON.stringify(await measure()));
