import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { formatSocketAddress, type SocketAddress } from '../../platform/net/socket-address.ts';
import { authorize, authorizeHello } from './authorize.ts';
import { dial, leadsToOwnWildcard } from './dial.ts';
import { tunnelVia } from './forwarded-headers.ts';
import type { ProxyCore } from './proxy-core.ts';
import { badConnect, forbiddenTarget, sendRefusal, timedOut, unreachable } from './refusal.ts';
import { parseAuthority } from './request-target.ts';
import { adoptSocket, chunksOf, createSocketReader } from './socket-reader.ts';
import { joinTunnel, type TunnelEnd } from './tunnel.ts';
import { askForTunnel, isReachedThrough } from './upstream-proxy.ts';

/** What is read at once from an upstream and from a client as long as little comes: what idle tunnels hold. */
const UPSTREAM_BYTES = 16 * 1024;
const CLIENT_BYTES = 4 * 1024;
const NOTHING = Buffer.alloc(0);

/** Answers CONNECT (RFC 9110 section 9.3.6) with a tunnel, or with a refusal. */
export function handleConnect(core: ProxyCore, request: IncomingMessage, client: Socket, head: Buffer): void {
  client.on('error', () => client.destroy());
  if ((core.requestsOf.get(client) ?? 0) > 0) {
    // The answers to its earlier requests would end up in the tunnel.
    core.counters.malformed += 1;
    client.destroy();
    return;
  }
  const target = parseAuthority(request.url ?? '', null);
  if (target === null) {
    core.counters.malformed += 1;
    sendRefusal(client, badConnect);
    return;
  }
  const refused = authorize(core, target, request.headers.via);
  if (refused) sendRefusal(client, refused);
  else openTunnel(core, target, request.headers.via, client, head);
}

function openTunnel(
  core: ProxyCore,
  target: SocketAddress,
  via: string | undefined,
  client: Socket,
  head: Buffer,
): void {
  const { context, connections, counters, limits } = core;
  const reader = createSocketReader(UPSTREAM_BYTES);
  const upstream = dial(context, target, reader.onread);
  let near: TunnelEnd = { socket: client, reader: chunksOf(client) };
  const connection = connections.add(target, () => {
    near.socket.destroy();
    upstream.destroy();
  });
  const late = setTimeout(() => upstream.destroy(timedOut()), limits.connect);
  const giveUp = (): void => {
    clearTimeout(late);
    connections.remove(connection);
    upstream.destroy();
  };
  const fail = (error: NodeJS.ErrnoException): void => {
    giveUp();
    sendRefusal(client, unreachable(target.host, error));
  };
  upstream.once('error', fail);
  client.once('close', giveUp);

  onceOpen(core, target, via, { socket: upstream, reader }, (rest) => {
    clearTimeout(late);
    upstream.off('error', fail);
    client.off('close', giveUp);
    counters.allowed += 1;
    // What came before the tunnel was open.
    const early: Buffer | null = client.read();
    near = withOwnReader(client) ?? near;
    core.clients.moved(client, near.socket);
    near.socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    joinTunnel({
      near,
      far: { socket: upstream, reader },
      head: early === null ? head : Buffer.concat([head, early]),
      isAllowed: (hello) => authorizeHello(core, hello, connection),
      onClose: () => connections.remove(connection),
      limits,
    });
    if (rest.length > 0) near.socket.write(rest);
  });
}

/**
 * Calls `open` once the far end is the host itself: when it is connected, or when the upstream proxy has opened a tunnel to it. Else the
 * socket ends with an error.
 * @param open gets what came behind the proxy's answer.
 */
function onceOpen(
  { context, pseudonym }: ProxyCore,
  target: SocketAddress,
  via: string | undefined,
  { socket, reader }: TunnelEnd,
  open: (rest: Buffer) => void,
): void {
  if (!isReachedThrough(context.upstreamProxy, target.host)) {
    socket.once('connect', () => {
      if (leadsToOwnWildcard(context, socket)) socket.destroy(forbiddenTarget());
      else open(NOTHING);
    });
    return;
  }
  const { authorization } = context.upstreamProxy;
  const headers = [`Via: ${tunnelVia(via, pseudonym)}`];
  if (authorization !== null) headers.push(`Proxy-Authorization: ${authorization}`);
  askForTunnel(socket, reader, formatSocketAddress(target), headers, authorization !== null, (answer) => {
    if (answer.kind === 'open') open(answer.rest);
    else socket.destroy(answer.error);
  });
}

/** The client's end, read without an allocation per chunk; null where Node's sockets do not allow that. */
function withOwnReader(client: Socket): TunnelEnd | null {
  const reader = createSocketReader(CLIENT_BYTES);
  const socket = adoptSocket(client, reader.onread);
  return socket === null ? null : { socket, reader };
}
