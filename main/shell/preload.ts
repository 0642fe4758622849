import { contextBridge, ipcRenderer } from 'electron';
import { type PanelBridge, panelChannels } from '../../shared/schemas/panel-bridge.ts';

/**
 * Runs in the sandboxed page, in an isolated world, before the page does. It exposes two functions and nothing of Electron: no event object
 * and no channel name that the page could choose.
 */

/** The part of the page that is used here; nothing else in main/ has one. */
declare const window: {
  addEventListener(
    type: 'keydown',
    listener: (event: { isTrusted: boolean; key: string; defaultPrevented: boolean }) => void,
  ): void;
};

let onMessage: ((message: unknown) => void) | null = null;
ipcRenderer.on(panelChannels.message, (_event, message: unknown) => onMessage?.(message));

const bridge: PanelBridge = {
  call: (request) => ipcRenderer.invoke(panelChannels.call, request),
  listen: (listener) => {
    onMessage = listener;
    ipcRenderer.send(panelChannels.listen);
  },
};
contextBridge.exposeInMainWorld('portcullis', bridge);

// Here and not in the page, so that it works while the page is still loading. A dialog that closes on Esc prevents the default.
window.addEventListener('keydown', (event) => {
  if (event.isTrusted && event.key === 'Escape' && !event.defaultPrevented) ipcRenderer.send(panelChannels.hide);
});
