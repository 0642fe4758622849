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
import { createFakeAgent } from '../fake-agent.ts';
import type { PanelStage } from '../panel-stage.ts';
import { recordCalls } from '../recorded-calls.ts';
import { buildStage } from './build-stage.ts';

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
export function launchElectron(
  args: string[],
  env: Record<string, string>,
  options: Pick<BrowserContextOptions, 'colorScheme' | 'locale' | 'timezoneId'> = {},
): Promise<ElectronApplication> {
  // Inherited from a terminal inside another Electron program, it would make this one a bare Node.
  const { ELECTRON_RUN_AS_NODE: _bareNode, ...inherited } = process.env;
  return electron.launch({
    ...options,
    args,
    chromiumSandbox: true,
    env: { ...(inherited as Record<string, string>), ...env },
  });
}

/** The shell in a real Electron, with an agent of this process, which its main process gets over a socket. */
export async function openElectronPage(
  agent: AgentHandle<'owner'>,
  options: Parameters<typeof launchElectron>[2] = {},
): Promise<ElectronPage> {
  built ??= buildStage(join(root, 'out', 'stage'));
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
  };
  const app = await launchElectron([main], env, options).catch(async (error: unknown) => {
    await strike();
    throw error;
  });
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

/** The same stage as for a browser, in a real Electron. */
export async function setElectronStage(
  first: Snapshot,
  options: Parameters<typeof launchElectron>[2] = {},
): Promise<ElectronStage> {
  const agent = createFakeAgent(first);
  const { handlers, calls } = recordCalls(agent.handlers);
  const { play, deny, answer } = agent;
  return { ...(await openElectronPage({ ...agent, handlers }, options)), play, deny, answer, calls };
}
