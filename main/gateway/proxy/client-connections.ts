import type { Socket } from 'node:net';

interface Held {
  client: string;
  /** What carries the bytes now: a tunnel moves the connection to a socket of its own. */
  carrier: Socket;
  /** How many bytes it had carried when it was last looked at. */
  bytes: number;
}

/**
 * The connections of all clients, of which each may hold so many. One too many closes the one that this client has had idle longest: nobody
 * can take the connections of others, and a client whose own were forgotten somewhere goes on.
 */
export class ClientConnections {
  readonly #perClient: number;
  readonly #total: number;
  readonly #held = new Map<Socket, Held>();
  /** By client, the one that was looked at longest ago first. */
  readonly #byClient = new Map<string, Set<Socket>>();

  constructor(limits: { perClient: number; total: number }) {
    this.#perClient = limits.perClient;
    this.#total = limits.total;
  }

  sockets(): Iterable<Socket> {
    return this.#held.keys();
  }

  /** @returns false where all connections of the client are in use, or of all clients the one with most. */
  add(socket: Socket, client: string): boolean {
    const own = this.#byClient.get(client);
    if (own !== undefined && own.size >= this.#perClient && !this.#dropIdle(own)) return false;
    if (this.#held.size >= this.#total && !this.#dropIdle(this.#largest())) return false;
    this.#held.set(socket, { client, carrier: socket, bytes: 0 });
    const sockets = this.#byClient.get(client) ?? new Set();
    this.#byClient.set(client, sockets.add(socket));
    socket.on('close', () => this.#forget(socket));
    return true;
  }

  moved(socket: Socket, to: Socket): void {
    const held = this.#held.get(socket);
    if (held !== undefined) Object.assign(held, { carrier: to, bytes: 0 });
  }

  #largest(): Set<Socket> {
    let largest = new Set<Socket>();
    for (const sockets of this.#byClient.values()) if (sockets.size > largest.size) largest = sockets;
    return largest;
  }

  /** One that has carried something since it was last looked at gets a second chance. */
  #dropIdle(sockets: Set<Socket>): boolean {
    for (const socket of [...sockets]) {
      const held = this.#held.get(socket);
      if (held === undefined) continue;
      const bytes = held.carrier.bytesRead + held.carrier.bytesWritten;
      if (bytes === held.bytes) {
        this.#forget(socket);
        held.carrier.destroy();
        socket.destroy();
        return true;
      }
      held.bytes = bytes;
      sockets.delete(socket);
      sockets.add(socket);
    }
    return false;
  }

  #forget(socket: Socket): void {
    const held = this.#held.get(socket);
    if (held === undefined) return;
    this.#held.delete(socket);
    const sockets = this.#byClient.get(held.client);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#byClient.delete(held.client);
  }
}
