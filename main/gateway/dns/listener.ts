import type { View } from '../../../shared/reasons.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { ClientTable } from './client-table.ts';
import type { Responder } from './responder.ts';

/** An address that the filter answers on, over UDP or TCP. */
export interface Listener {
  /** Reads no more questions; what comes waits where the socket outlives this, and answers are still sent. */
  pause(): void;
  close(): Promise<void>;
}

export interface ListenerOptions {
  view: View;
  address: SocketAddress;
  responder: Responder;
  clients: ClientTable;
  /** Several threads bind the address and the kernel deals out the questions (SO_REUSEPORT, Linux). */
  shared: boolean;
  /** A socket that has the address already: the listener reads it, and closes it. */
  descriptor?: number | undefined;
}
