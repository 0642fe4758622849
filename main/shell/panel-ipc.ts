import { problem } from '../../shared/problems/catalogue.ts';
import { createDispatch } from '../../shared/schemas/ipc.ts';
import { panelChannels } from '../../shared/schemas/panel-bridge.ts';
import type { ShellMessage } from '../../shared/schemas/shell-message.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { AgentSupervisor } from './agent-supervisor.ts';
import type { ElectronApi, IpcSender, WebContentsApi } from './electron-api.ts';

export interface PanelIpc {
  /** Sends it to the page, as soon as that listens. */
  notify(message: ShellMessage): void;
  /** The page is being replaced, or has ended: nothing is sent until a page listens again. */
  pageGone(): void;
}

export interface PanelIpcDeps {
  ipcMain: ElectronApi['ipcMain'];
  supervisor: AgentSupervisor;
  isPanel: (event: IpcSender & { sender: WebContentsApi }) => boolean;
  onHide: () => void;
  log: Logger;
}

/** The IPC table over Electron, the third transport beside WebSocket and socket. It has the calls that a page may make. */
export function servePanel({ ipcMain, supervisor, isPanel, onHide, log }: PanelIpcDeps): PanelIpc {
  const dispatch = createDispatch(supervisor.handlers, 'any');
  let page: WebContentsApi | null = null;
  let seq = 0;
  /** Kept until the page listens. */
  let waiting: ShellMessage[] = [];

  function admitted(event: IpcSender & { sender: WebContentsApi }, channel: string): boolean {
    if (isPanel(event)) return true;
    log.warn({ channel, url: event.senderFrame?.url.slice(0, 200) }, 'message of another page rejected');
    return false;
  }

  function send(message: ShellMessage): void {
    if (page !== null && !page.isDestroyed()) page.send(panelChannels.message, message);
  }

  function event(name: string, data: unknown): void {
    send({ kind: 'event', message: { seq, event: name, data } });
    seq += 1;
  }

  function sendView(): void {
    const view = supervisor.view();
    if (view.kind === 'running') event('snapshot', view.snapshot);
    else if (view.kind === 'failed') send({ kind: 'agent-gone', problem: view.problem });
  }

  supervisor.onView(sendView);

  ipcMain.handle(panelChannels.call, async (sender, message) => {
    if (admitted(sender, panelChannels.call)) return dispatch(message);
    return { id: null, error: problem('ipc-not-allowed') };
  });
  ipcMain.on(panelChannels.listen, (sender) => {
    if (!admitted(sender, panelChannels.listen)) return;
    page = sender.sender;
    seq = 0;
    sendView();
    for (const message of waiting) send(message);
    waiting = [];
  });
  ipcMain.on(panelChannels.hide, (sender) => {
    if (admitted(sender, panelChannels.hide)) onHide();
  });

  return {
    notify(message) {
      if (page === null) waiting = [message];
      else send(message);
    },
    pageGone() {
      page = null;
    },
  };
}
