import type { SocketAddress } from '../../platform/net/socket-address.ts';

/** No host: denied wherever anything is restricted (`decide`). */
export const NO_HOST = '';

export interface OpenConnection extends SocketAddress {
  /** The conversation is with another host, or does not say with which; nothing forbade that when it began. */
  isFronted: boolean;
  close(): void;
}

/** The tunnels and plain requests under way, so that a new rule set can end those that it denies. */
export class OpenConnections {
  readonly #open = new Set<OpenConnection>();

  get size(): number {
    return this.#open.size;
  }

  add({ host, port }: SocketAddress, close: () => void): OpenConnection {
    const connection = { host, port, isFronted: false, close };
    this.#open.add(connection);
    return connection;
  }

  remove(connection: OpenConnection): void {
    this.#open.delete(connection);
  }

  closeUnless(isAllowed: (host: string, port: number) => boolean): void {
    for (const { host, port, isFronted, close } of this.#open) {
      if (!isAllowed(host, port) || (isFronted && !isAllowed(NO_HOST, port))) close();
    }
  }
}
