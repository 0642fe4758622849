import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, type ElectronApplication, expect } from '@playwright/test';
import { agentSocket } from '../../main/platform/fs/places.ts';
import { launchElectron } from '../support/electron/electron-stage.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { PanelPage } from './pages/panel-page.ts';

/** The program that is shipped, in a real Electron, with the real gateway and the real hub: what a stand-in of Electron cannot tell. */
export interface Real {
  app: ElectronApplication;
  args: string[];
  hub: TestHub;
  gateway: TestGateway;
}

export const root = join(import.meta.dirname, '..', '..');

export const test = base.extend<{ real: Real; panel: PanelPage }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names off this pattern
  real: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'pc-real-'));
    const hub = await startHub();
    const gateway = await startGateway({ settings: { hub: hub.url, policyKeys: await hub.policyKeys() } });
    const config = join(folder, 'shell.json');
    await writeFile(
      config,
      JSON.stringify({
        stateDir: join(folder, 'agent'),
        socket: agentSocket(process.env, folder),
        gatewayControl: gateway.controlPath,
        managedConfig: { folder: gateway.managedFolder },
        secretFile: join(folder, 'secret.json'),
      }),
    );
    const args = [root, '--config', config];
    const app = await launchElectron(args, {
      // Said on the console where Electron finds fault with a page.
      ELECTRON_ENABLE_SECURITY_WARNINGS: '1',
    });
    await use({ app, args, hub, gateway });
    await app.close();
    await gateway.stop();
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  },
  panel: async ({ real }, use) => use(new PanelPage(await real.app.firstWindow())),
});

/** As somebody does whose browser shows the page of the sign-in. */
export async function signIn(panel: PanelPage, real: Real, username: string): Promise<void> {
  // Instead of the user's browser.
  await real.app.evaluate(({ shell }) => {
    shell.openExternal = async (address) => {
      Object.assign(globalThis, { openedByTest: address });
    };
  });
  await panel.button('Sign in').click();
  const opened = () => real.app.evaluate(() => (globalThis as { openedByTest?: string }).openedByTest ?? '');
  await expect.poll(opened).toContain(real.hub.url);
  await real.hub.finishSignIn(await opened(), username);
}
