import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { PANEL_ORIGIN } from '../../../main/shell/panel-protocol.ts';
import type { ContentsDouble, ElectronDouble } from './double.ts';
import { installPreload } from './page-stand-ins.ts';

/** Chromium loads no `app://`, so the same answers come from here. A host below `localhost` is as trustworthy as a scheme of our own. */
const ORIGIN = 'http://panel.localhost';

/** Where in Chromium the address of the panel is found. */
export function playedAddress(address: string): string {
  return address.replace(PANEL_ORIGIN, ORIGIN);
}

export interface PlayedPage {
  contents: ContentsDouble;
  /** Answers for `app://panel/…`. */
  serve: (request: Request) => Response | Promise<Response>;
  message: ElectronDouble['message'];
  /** File of the built preload script. */
  preload: string;
}

/** Makes a page of Chromium the page of the double's contents: what only Electron could do is played. */
export async function playPage(page: Page, { contents, serve, message, preload }: PlayedPage): Promise<void> {
  await page.route(`${ORIGIN}/**`, async (route) => {
    const { pathname, search } = new URL(route.request().url());
    const answer = await serve(
      new Request(`${PANEL_ORIGIN}${pathname}${search}`, { method: route.request().method() }),
    );
    await route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    });
  });
  await page.exposeFunction('portcullisToMain', (_kind: string, channel: string, args: unknown[]) =>
    message({ contents }, channel, ...args),
  );
  // One after the other: an event must not overtake another.
  let sending: Promise<unknown> = Promise.resolve();
  contents.onSent = (channel, args) => {
    sending = sending.then(() =>
      page
        .evaluate(
          ([name, values]) => {
            const { portcullisFromMain } = window as {
              portcullisFromMain?: (channel: string, args: unknown[]) => void;
            };
            portcullisFromMain?.(name, values);
          },
          [channel, args] as const,
        )
        // The page is just being left: whatever comes next asks for a snapshot itself.
        .catch(() => undefined),
    );
  };
  await page.addInitScript(installPreload, readFileSync(preload, 'utf8'));
}
