import type { Words } from '../../shared/messages/words.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import type { ElectronApi, NotificationApi } from './electron-api.ts';
import type { Notice } from './notice-policy.ts';
import { noticeText } from './notice-text.ts';

/** How many are kept for a click. The system still lists notifications that have left the screen, and they can be clicked there. */
const KEPT = 20;

export interface NotifierDeps {
  electron: Pick<ElectronApi, 'Notification'>;
  platform: NodeJS.Platform;
  /** Milliseconds since 1970. */
  now: () => number;
  words: () => Words;
  snapshot: () => Snapshot | null;
  /** Opens the panel, on the check of this host where one is named. */
  open: (host: string | null) => void;
  /** Opens the panel with a request for it filled in. */
  request: (host: string) => void;
  copyRequest: (host: string) => void;
}

export interface Notifier {
  show(notice: Notice): void;
  /** The user sees the panel: notices of a state, which it shows too, leave the screen. Those of blocked pulls stay. */
  panelSeen(): void;
}

/**
 * Shows notices. Only macOS and Windows show buttons: there a click does the same as "Why?", and on Linux what the text says, which is a
 * request filled in where access can be requested.
 */
export function createNotifier(deps: NotifierDeps): Notifier {
  const { electron, platform } = deps;
  // Electron does not keep them, and one that was garbage-collected gets no click (https://github.com/electron/electron/issues/16922).
  const shown = new Map<NotificationApi, Notice['kind']>();

  function close(isOver: (kind: Notice['kind']) => boolean): void {
    for (const [notification, kind] of shown) {
      if (!isOver(kind)) continue;
      shown.delete(notification);
      notification.close();
    }
  }

  function show(notice: Notice): void {
    if (!electron.Notification.isSupported()) return;
    const words = deps.words();
    const buttons = platform !== 'linux';
    const { title, body, host, remedy } = noticeText(notice, deps.snapshot(), deps.now(), words, buttons);
    const { why, copyRequest } = words.shell.notice;
    const second = remedy === 'request' ? words.requests.request : copyRequest;
    const actions = [why, second].map((text) => ({ type: 'button', text }) as const);
    const shownBody = platform === 'linux' ? withoutMarkup(body) : body;
    const notification = new electron.Notification({
      title,
      body: shownBody,
      ...(remedy !== null && buttons ? { actions } : {}),
    });
    const forget = (): void => void shown.delete(notification);
    notification.on('click', () => {
      forget();
      if (host !== null && remedy === 'request' && !buttons) deps.request(host);
      else deps.open(host);
    });
    notification.on('action', ({ actionIndex }) => {
      forget();
      if (host === null || actionIndex !== 1) deps.open(host);
      else if (remedy === 'request') deps.request(host);
      else deps.copyRequest(host);
    });
    notification.on('failed', forget);
    // Two that contradict each other would stay side by side until somebody clicks them away.
    if (notice.kind === 'enforcement-restored') close((kind) => kind === 'enforcement-lost');
    shown.set(notification, notice.kind);
    const [oldest] = shown.keys();
    if (shown.size > KEPT && oldest !== undefined) shown.delete(oldest);
    notification.show();
  }

  return { show, panelSeen: () => close((kind) => kind !== 'blocked' && kind !== 'request-news') };
}

/** Linux notification servers read the body as markup (Desktop Notifications Specification), Electron passes it on as it is. */
function withoutMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
