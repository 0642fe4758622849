import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { IpcHandlers } from '../../shared/schemas/ipc.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';

/** The main process without any transport and without Electron: what every screen and command talks to. */
export interface Agent {
  snapshot(): Snapshot;
  /** Called after each change, with a value that differs from the last one. Returns how to stop listening. */
  onSnapshot(listener: (snapshot: Snapshot) => void): () => void;
  onDenial(listener: (denial: Denial) => void): () => void;
  /** One per call of the IPC table, but for `panel.open`, which belongs to the transport that serves the panel. */
  handlers: Omit<IpcHandlers, 'panel.open'>;
  /** Resolves when the parts have begun to work, not when they are done: the snapshot says how far they are. */
  start(): Promise<void>;
  /** The machine woke, or is on another network: what was known is asked for anew. */
  lookAgain(): void;
  /** Ends every timer, connection and request. What is in force in the gateway stays in force. */
  stop(): Promise<void>;
}
