import { contextBridge, ipcRenderer } from 'electron';
import { type PanelBridge, panelChannels } from '../../shared/schemas/panel-bridge.ts';

/**
 * Runs in the sandboxed page, in a world of its own, before the page does. It hands over two functions and nothing of Electron: no
 * event object, no channel's name that the page could choose.
 */

/** As much of the page as is used here; nothing else in main/ knows one. */
declare const window: {
  addEventListener(
    type: 'keydown',
    listener: (event: { isTrusted: boolean; key: string; defaultPrevented: boolean }) => void,
  ): void;
};

let heard: ((message: unknown) => void) | null = null;
ipcRenderer.on(panelChannels.tell, (_event, message: unknown) => heard?.(message));

const bridge: PanelBridge = {
  call: (request) => ipcRenderer.invoke(panelChannels.call, request),
  listen: (listener) => {
    heard = listener;
    ipcRenderer.send(panelChannels.listen);
  },
};
contextBridge.exposeInMainWorld('portcullis', bridge);

// Here and not in the page, so that it also works while the page has nothing to show. A dialog that closes by Esc says that it used it.
window.addEventListener('keydown', (event) => {
  if (event.isTrusted && event.key === 'Escape' && !event.defaultPrevented) ipcRenderer.send(panelChannels.hide);
});
