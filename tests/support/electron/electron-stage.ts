import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BrowserContextOptions,
  type ElectronApplication,
  _electron as electron,
  type Page,
} from '@playwright/test';
import type { AgentHandle } from '../../../main/agent/transport/agent-handle.ts';
import { type AgentSocket, serveAgentSocket } from '../../../main/agent/transport/agent-socket.ts';
import { agentSocket } from '../../../main/platform/fs/places.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import { createFakeAgent, type FakeAgent } from '../fake-agent.ts';
import type { PanelStage } from '../panel-stage.ts';
import { type RecordedCall, recordCalls } from '../recorded-calls.ts';
import { answerForSure } from './answer-for-sure.ts';
import { buildStage, stageMain } from './build-stage.ts';

/** A panel in a real Electron. */
export interface ElectronPage {
  app: ElectronApplication;
  page: Page;
  address(): string;
  /** Stops answering, as an agent that was killed. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

export interface ElectronStage extends PanelStage {
  app: ElectronApplication;
  page: Page;
}

const root = join(import.meta.dirname, '..', '..', '..');
let built: Promise<string> | undefined;

/**
 * Starts Electron with an application, its sandbox on: Playwright leaves it off on Linux unless told, and the tray does not
 * start like that. No path is named, so that Playwright asks the package `electron` and has its own loader hold the
 * application back until it watches.
 *
 * @param args the application, and what it is started with.
 */
export async function launchElectron(
  args: string[],
  env: Record<string, string>,
  options: Pick<BrowserContextOptions, 'colorScheme' | 'locale' | 'timezoneId'> = {},
): Promise<ElectronApplication> {
  // Inherited from a terminal inside another Electron program, it would make this one a bare Node.
  const { ELECTRON_RUN_AS_NODE: _bareNode, ...inherited } = process.env;
  const app = await electron.launch({
    ...options,
    args,
    chromiumSandbox: true,
    env: { ...(inherited as Record<string, string>), ...env },
  });
  return answerForSure(app);
}

/** The shell in a real Electron, with an agent of this process, which its main process gets over a socket. */
export async function openElectronPage(
  agent: AgentHandle<'owner'>,
  options: Parameters<typeof launchElectron>[2] = {},
  more: { env?: Record<string, string>; args?: string[] } = {},
): Promise<ElectronPage> {
  // The layer's runner builds it beforehand: the user who runs Electron may not write into the checkout.
  const stage = join(root, 'out', 'stage');
  built ??= process.env.PORTCULLIS_STAGE === 'built' ? Promise.resolve(stageMain(stage)) : buildStage(stage);
  const main = await built;
  const folder = await mkdtemp(join(tmpdir(), 'pc-electron-'));
  const socket = agentSocket(process.env, folder);
  const serve = (): Promise<AgentSocket> => serveAgentSocket(socket, agent, silentLogger());
  let server = await serve();
  const strike = async (): Promise<void> => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  };
  const env = {
    PORTCULLIS_STAGE_SOCKET: socket,
    PORTCULLIS_STAGE_ROOT: root,
    PORTCULLIS_STAGE_FOLDER: folder,
    // To find out whether `eval` is allowed Electron tries it in the page, and Chromium logs that our policy forbids it.
    ELECTRON_DISABLE_SECURITY_WARNINGS: '1',
    ...more.env,
  };
  // Drawing as if there were a graphics card takes a quarter more of the processor.
  const app = await launchElectron(['--disable-gpu', main, ...(more.args ?? [])], env, options).catch(
    async (error: unknown) => {
      await strike();
      throw error;
    },
  );
  const page = await app.firstWindow();
  await page.waitForURL(/^\w+:\/\/panel\b/);
  const address = page.url();
  return {
    app,
    page,
    address: () => address,
    goAway: () => server.close(),
    async comeBack() {
      server = await serve();
    },
    async close() {
      await app.close();
      await strike();
    },
  };
}

/** One Electron, and the agent that its tests take turns to play. */
interface Running {
  agent: FakeAgent;
  calls: RecordedCall[];
  electron: ElectronPage;
  /** The shell has lost its agent once and waits longer for the next one: no test is to inherit that. */
  worn: boolean;
}

/** Those that run, by what can only be chosen at their start. */
const running = new Map<string, Promise<Running>>();

async function start(options: Parameters<typeof launchElectron>[2]): Promise<Running> {
  const agent = createFakeAgent();
  const { handlers, calls } = recordCalls(agent.handlers);
  return { agent, calls, electron: await openElectronPage({ ...agent, handlers }, options), worn: false };
}

/**
 * The same stage as for a browser, in a real Electron. Tests with the same locale and time zone share one, which shows each of
 * them a page that is loaded anew and an agent that knows nothing of the one before.
 */
export async function setElectronStage(
  first: Snapshot,
  { colorScheme, ...options }: NonNullable<Parameters<typeof launchElectron>[2]> = {},
): Promise<ElectronStage> {
  const key = JSON.stringify(options);
  const starting = running.get(key) ?? start(options);
  running.set(key, starting);
  const all = await starting.catch((error: unknown) => {
    running.delete(key);
    throw error;
  });
  const { agent, calls, electron } = all;
  const { page } = electron;
  agent.reset(first);
  calls.length = 0;
  await page.emulateMedia({ colorScheme: colorScheme ?? null });
  await page.evaluate(() => {
    localStorage.clear();
    sessionStorage.clear();
    history.replaceState(null, '', location.pathname);
  });
  await page.reload();
  return {
    ...electron,
    goAway() {
      all.worn = true;
      return electron.goAway();
    },
    async close() {
      if (!all.worn && !page.isClosed()) return;
      running.delete(key);
      await electron.close();
    },
    play: agent.play,
    deny: agent.deny,
    answer: agent.answer,
    calls,
  };
}

/** Ends those that still run. */
export async function closeElectronStages(): Promise<void> {
  const all = [...running.values()];
  running.clear();
  for (const each of all) await (await each).electron.close();
}
