import { join } from 'node:path';
import { test as base, expect } from '@playwright/test';
import type { Rectangle } from 'electron';
import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import type { StateInputs } from '../../shared/state/inputs.ts';
import { type Desktop, openDesktop } from '../support/desktop/desktop.ts';
import { type IconPlace, iconsSeen, picture, windowsSeen, type XWindow } from '../support/desktop/screen.ts';
import { flat, trayItem } from '../support/desktop/tray-item.ts';
import { type ElectronPage, openElectronPage } from '../support/electron/electron-stage.ts';
import type { StageInTest } from '../support/electron/stage-main.ts';
import { createFakeAgent, type FakeAgent } from '../support/fake-agent.ts';
import { type RecordedCall, recordCalls } from '../support/recorded-calls.ts';
import { allGood, snapshotOf } from '../support/snapshots.ts';
import { PanelPage } from './pages/panel-page.ts';

interface Reached {
  inTest: StageInTest;
}

/**
 * The tray on a desktop of its own: what a person sees and clicks there, with the shell's real main process and an agent that a test plays.
 * One Electron and one desktop serve them all.
 */
export class World {
  readonly desktop: Desktop;
  readonly agent: FakeAgent;
  readonly calls: RecordedCall[];
  readonly electron: ElectronPage;
  /** Where pictures of what was seen go, if somebody wants to look. */
  readonly pictures = process.env.PORTCULLIS_PICTURES;

  constructor(desktop: Desktop, agent: FakeAgent, calls: RecordedCall[], electron: ElectronPage) {
    this.desktop = desktop;
    this.agent = agent;
    this.calls = calls;
    this.electron = electron;
  }

  /** The preferences are kept, as an agent does. */
  play(inputs: StateInputs, change: Partial<Snapshot> = {}): Snapshot {
    const snapshot = snapshotOf(inputs, change);
    this.agent.play(snapshot);
    return snapshot;
  }

  async choose(label: string): Promise<void> {
    // The item comes with the snapshot, which is on its way.
    await expect.poll(() => this.labels()).toContain(label);
    await (await trayItem(this.desktop)).choose(label);
  }

  async labels(): Promise<string[]> {
    return flat(await (await trayItem(this.desktop)).menu()).map(({ label }) => label);
  }

  async checked(label: string): Promise<boolean | null | undefined> {
    return flat(await (await trayItem(this.desktop)).menu()).find((item) => item.label === label)?.checked;
  }

  icons = async (): Promise<string[]> => (await iconsSeen(this.desktop)).map(({ name }) => name);

  /** Where the only icon is. Under the pointer the panel would light it up. */
  async icon(): Promise<IconPlace> {
    await this.desktop.run('xdotool', 'mousemove', '400', '800');
    let icons: IconPlace[] = [];
    const look = async (): Promise<number> => {
      icons = await iconsSeen(this.desktop);
      return icons.length;
    };
    await expect.poll(look).toBe(1);
    const [icon] = icons;
    if (icon === undefined) throw new Error('there is no icon');
    return icon;
  }

  /** The panel's window, where it is on the screen: without the frame of the window manager. */
  window = async (): Promise<Rectangle | null> => {
    const id = await this.electron.app.evaluate(({ BrowserWindow }) => {
      const [panel] = BrowserWindow.getAllWindows();
      return panel?.isVisible() ? panel.getMediaSourceId().split(':')[1] : null;
    });
    if (!id) return null;
    const seen = await windowsSeen(this.desktop, '--name', 'Portcullis$');
    const one = seen.find((window) => window.id === id);
    return one ? { x: one.x, y: one.y, width: one.width, height: one.height } : null;
  };

  hide(): Promise<void> {
    return this.electron.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  }

  deny(denial: Denial): Promise<void> {
    return this.electron.app.evaluate(
      (_electron, told) => (globalThis as unknown as Reached).inTest.deny(told),
      denial,
    );
  }

  /** Where the window was left, if anywhere. */
  remembered(): Promise<Rectangle | null> {
    return this.electron.app.evaluate(() => (globalThis as unknown as Reached).inTest.remembered());
  }

  notifications = (): Promise<XWindow[]> => windowsSeen(this.desktop, '--class', 'dunst');

  /** As it was before any test. */
  async begin(): Promise<void> {
    this.agent.reset(snapshotOf(allGood));
    await this.hide();
    await this.electron.app.evaluate(() => (globalThis as unknown as Reached).inTest.forget());
    await this.desktop.run('dunstctl', 'close-all');
    await this.icon();
    await expect.poll(this.icons).toEqual(['enforcing-green']);
    this.calls.length = 0;
  }

  picture = async (name: string): Promise<void> => {
    if (this.pictures) await picture(this.desktop, join(this.pictures, `${name}.png`));
  };
}

export const test = base.extend<{ world: World; panel: PanelPage }, { shared: World }>({
  shared: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names off this pattern
    async ({}, use) => {
      const desktop = await openDesktop();
      const agent = createFakeAgent();
      const { handlers, calls } = recordCalls(agent.handlers);
      const env = { ...desktop.env, PORTCULLIS_STAGE_DESKTOP: '1' };
      const electron = await openElectronPage({ ...agent, handlers }, {}, { env });
      // Playwright would play a light theme.
      await electron.page.emulateMedia({ colorScheme: null });
      await use(new World(desktop, agent, calls, electron));
      await electron.close();
      await desktop.close();
    },
    { scope: 'worker' },
  ],
  world: async ({ shared }, use) => {
    await shared.begin();
    await use(shared);
  },
  panel: async ({ world }, use) => use(new PanelPage(world.electron.page)),
});

export { expect };
