import type { Connection, ConnectionStatus } from '../../renderer/panel/transport/connection.ts';
import { createClient, createDispatch, type IpcHandlers } from '../../shared/schemas/ipc.ts';
import type { EventData, EventName } from '../../shared/schemas/ipc-schema.ts';
import { subscribe } from '../../shared/subscribe.ts';

export interface PlayedConnection extends Connection {
  become(status: ConnectionStatus): void;
  tell<E extends EventName>(event: E, data: EventData<E>): void;
}

/** A panel's connection whose other end is a few handlers; a call without one fails. */
export function playConnection(handlers: Partial<IpcHandlers>): PlayedConnection {
  const dispatch = createDispatch(handlers as IpcHandlers, 'any');
  const client = createClient((message) => {
    void dispatch(message).then(client.receive);
  });
  const listeners = new Set<(status: ConnectionStatus) => void>();
  let status: ConnectionStatus = { kind: 'open' };
  let seq = 0;
  return {
    call: client.call,
    on: client.on,
    opener: 'caller',
    status: () => status,
    onStatus: (listener) => subscribe(listeners, listener),
    retryNow() {},
    become(next) {
      status = next;
      for (const listener of listeners) listener(next);
    },
    tell(event, data) {
      client.receive({ seq, event, data });
      seq += 1;
    },
  };
}
