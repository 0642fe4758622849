import type { Words } from '../../shared/messages/words.ts';
import type { PanelFile } from '../agent/transport/panel-files.ts';
import { panelHeaders } from '../agent/transport/panel-headers.ts';

/** A scheme of our own instead of `file:`, which could read every file of the user's (Electron's security checklist, 18). */
export const PANEL_SCHEME = 'app';
export const PANEL_ORIGIN = `${PANEL_SCHEME}://panel`;
export const PANEL_URL = `${PANEL_ORIGIN}/`;
export const CRASHED_URL = `${PANEL_ORIGIN}/crashed`;

/** Answers requests for `app://panel/…` from memory: no path is made from a URL, so none can lead elsewhere. */
export function panelProtocol(
  files: ReadonlyMap<string, PanelFile>,
  words: () => Words,
): (request: Request) => Response {
  const plain = (status: number, text: string): Response =>
    new Response(`${text}\n`, { status, headers: { ...panelHeaders, 'Content-Type': 'text/plain; charset=utf-8' } });
  return ({ method, url }) => {
    if (method !== 'GET') return plain(405, 'Only GET.');
    const { protocol, host, pathname } = new URL(url);
    if (protocol !== `${PANEL_SCHEME}:` || host !== 'panel') return plain(404, 'Not found.');
    if (pathname === new URL(CRASHED_URL).pathname) {
      return new Response(crashedPage(words()), {
        headers: { ...panelHeaders, 'Content-Type': 'text/html; charset=utf-8' },
      });
    }
    const file = files.get(pathname);
    if (file === undefined) return plain(404, 'Not found.');
    return new Response(new Uint8Array(file.body), {
      headers: { ...panelHeaders, 'Content-Type': file.type, 'Cache-Control': 'no-store' },
    });
  };
}

/** Shown when the panel cannot be: without a script, so that it depends on nothing that has just failed. */
function crashedPage({ shell: { crashed }, state, language }: Words): string {
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>${crashed.title} · ${state.product}</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 28em; margin: 20vh auto; padding: 0 1.5em }</style>
<main><h1>${crashed.title}</h1><p>${crashed.sentence}</p><p><a href="${PANEL_URL}">${crashed.again}</a></p></main></html>
`;
}
