/** The channels between Electron's main process and its panel: the whole of what crosses there. */
export const panelChannels = {
  /** A `Request` of the IPC table, answered by its `Response`. */
  call: 'portcullis:call',
  /** The page is ready to listen: it is sent a snapshot, and every event from then on. */
  listen: 'portcullis:listen',
  /** To the page: a `ShellMessage`. */
  message: 'portcullis:message',
  /** Esc was pressed, and nothing in the page wanted it. */
  hide: 'portcullis:hide',
} as const;

/** `window.portcullis`, put there by the preload script; absent in a browser. */
export interface PanelBridge {
  /** Sends one `Request`; resolves with its `Response`. */
  call(request: unknown): Promise<unknown>;
  /** Hears every `ShellMessage` from now on, the snapshot first. The listener of an earlier call is heard no more. */
  listen(listener: (message: unknown) => void): void;
}
