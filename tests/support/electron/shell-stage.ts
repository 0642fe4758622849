import type { Rectangle } from 'electron';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { createAgentSupervisor, type SupervisedAgent } from '../../../main/shell/agent-supervisor.ts';
import { type Shell, type ShellDeps, startShell } from '../../../main/shell/shell.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import { panelChannels } from '../../../shared/schemas/panel-bridge.ts';
import type { PreferencesView } from '../../../shared/schemas/preferences.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import { createFakeAgent, type FakeAgent } from '../fake-agent.ts';
import { type ManualClock, manualClock } from '../manual-clock.ts';
import { allGood, NOW, snapshotOf } from '../snapshots.ts';
import {
  createElectronDouble,
  type ElectronDouble,
  type MenuDouble,
  type TrayDouble,
  type WindowDouble,
} from './double.ts';

/** The shell on a double of Electron, with an agent that plays what a test says. */
export interface ShellStage {
  double: ElectronDouble;
  shell: Shell;
  agent: FakeAgent & { looks: number };
  clock: ManualClock;
  /** The bounds that were remembered. */
  remembered(): Rectangle | null;
  window: WindowDouble;
  tray(): TrayDouble;
  menu(): MenuDouble;
  /** A desktop without tray icons shows them now. */
  trayHostComes(): void;
  /** The agent throws where nobody catches. */
  fault(): void;
  /** The page asks to be told, as it does when it is loaded. */
  listen(): Promise<void>;
  /** What the page was told since it listened. */
  told(): unknown[];
  /** Promises that are settled by now have told whoever waits. */
  settled(): Promise<void>;
}

export interface StageOptions {
  platform?: NodeJS.Platform;
  trayHost?: boolean;
}

export async function setShellStage({ platform = 'win32', trayHost = true }: StageOptions = {}): Promise<ShellStage> {
  const double = createElectronDouble();
  const clock = manualClock(NOW);
  let preferences: PreferencesView = {
    theme: { value: 'system', locked: false },
    language: { value: 'system', locked: false },
    startAtLogin: { value: false, locked: false },
    notifications: { value: true, locked: false },
  };
  const fake = createFakeAgent(snapshotOf(allGood, { preferences }));
  const play = (snapshot: Snapshot): void => fake.play({ ...snapshot, preferences });
  const agent = { ...fake, play, looks: 0 };
  agent.answer({
    'preferences.set': async ({ startAtLogin, notifications }) => {
      if (startAtLogin !== undefined)
        preferences = { ...preferences, startAtLogin: { value: startAtLogin, locked: false } };
      if (notifications !== undefined)
        preferences = { ...preferences, notifications: { value: notifications, locked: false } };
      play(agent.snapshot());
      return {};
    },
  });
  let remembered: Rectangle | null = null;
  let trayHostComes = (): void => undefined;
  const supervisor = createAgentSupervisor({
    clock,
    log: silentLogger(),
    startAgent: async (): Promise<SupervisedAgent> => ({
      ...agent,
      lookAgain: () => {
        agent.looks += 1;
      },
      stop: async () => undefined,
    }),
  });
  const deps: ShellDeps = {
    electron: double.electron,
    supervisor,
    platform,
    clock,
    words: (language) => wordsFor(language, 'en'),
    log: silentLogger(),
    preferences: {
      notifications: () => preferences.notifications?.value ?? true,
      window: () => remembered,
      rememberWindow: (bounds) => {
        remembered = bounds;
      },
    },
    trayHost,
    onTrayHost: (comes) => {
      trayHostComes = comes;
    },
    files: new Map(),
    paths: {
      preload: '/app/out/preload/preload.cjs',
      assets: '/app/assets',
      logs: '/home/mia/.local/share/portcullis',
    },
    devTools: false,
  };
  const shell = startShell(deps);
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  supervisor.start();
  await settled();

  const [window] = double.windows;
  if (window === undefined) throw new Error('the shell made no window');
  const tray = (): TrayDouble => {
    const [icon] = double.trays;
    if (icon === undefined) throw new Error('the shell made no tray icon');
    return icon;
  };
  let heard = 0;
  return {
    double,
    shell,
    agent,
    clock,
    remembered: () => remembered,
    window,
    tray,
    menu() {
      const menu = double.trays.length > 0 ? tray().menu : window.menu;
      if (menu === null) throw new Error('there is no menu');
      return menu;
    },
    trayHostComes: () => trayHostComes(),
    fault: () => supervisor.restartAfter(new Error('a bug')),
    async listen() {
      heard = window.webContents.sent.length;
      await double.message({ contents: window.webContents }, panelChannels.listen);
    },
    told: () => window.webContents.sent.slice(heard).map(({ args }) => args[0]),
    settled,
  };
}
