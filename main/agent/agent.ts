import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { IpcHandlers } from '../../shared/schemas/ipc.ts';
import type { OwnRequest } from '../../shared/schemas/own-request.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';

/** The agent, without any transport and without Electron: every screen and command talks to it. */
export interface Agent {
  snapshot(): Snapshot;
  /** Called after each change. @returns how to stop listening */
  onSnapshot(listener: (snapshot: Snapshot) => void): () => void;
  onDenial(listener: (denial: Denial) => void): () => void;
  /** A request of the user was decided, or one that was kept was not taken. */
  onRequestNews(listener: (request: OwnRequest) => void): () => void;
  /** One per call of the IPC table, but for `panel.open`, which belongs to the transport that serves the panel. */
  handlers: Omit<IpcHandlers, 'panel.open'>;
  /** Resolves when the parts have started; the snapshot shows how far they are. */
  start(): Promise<void>;
  /** The machine woke, or is on another network: everything is checked again. */
  lookAgain(): void;
  /** Ends every timer, connection and request. What the gateway enforces stays in force. */
  stop(): Promise<void>;
}
