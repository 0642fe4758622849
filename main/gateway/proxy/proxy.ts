import { createServer, type Server } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clientShare } from '../../platform/net/client-share.ts';
import { listen } from '../../platform/net/listen.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { ClientConnections } from './client-connections.ts';
import { handleConnect } from './connect-request.ts';
import { handleForward } from './forward-request.ts';
import { limitHeads } from './limit-heads.ts';
import { OpenConnections } from './open-connections.ts';
import { PROXY_LIMITS, type ProxyContext, type ProxyCore, type ProxyCounters, type ProxyLimits } from './proxy-core.ts';
import { lateHead, sendParserRefusal } from './refusal.ts';

const MAX_CONNECTIONS = 8192;
/** For connections that are being closed. */
const ROOM = 256;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADER_LINES = 100;
/** The longest that a timer of Node's can take. */
const NEVER_MS = 2 ** 31 - 1;

/** Where a proxy listens. */
export interface ListenPlace extends SocketAddress {
  /** A socket that has the address already: the proxy closes it. */
  descriptor?: number;
}

export interface RegistryProxy extends AsyncDisposable {
  readonly address: SocketAddress;
  counters(): ProxyCounters & { open: number };
  /** Closes what the rule set now in force denies. */
  reconsider(): void;
}

/**
 * The engine's HTTPS_PROXY and HTTP_PROXY: CONNECT tunnels, and absolute-form requests for registries without TLS.
 * @param pseudonym how this instance signs `Via` (RFC 9110 section 7.6.3), so that it knows its own requests again.
 * @throws the bind error.
 */
export async function openProxy(
  { descriptor, ...address }: ListenPlace,
  pseudonym: string,
  context: ProxyContext,
  limits: ProxyLimits = PROXY_LIMITS,
): Promise<RegistryProxy> {
  const core: ProxyCore = {
    ...{ context, limits, pseudonym },
    counters: { allowed: 0, denied: 0, malformed: 0 },
    connections: new OpenConnections(),
    clients: new ClientConnections({ perClient: limits.perClient, total: MAX_CONNECTIONS }),
    requestsOf: new WeakMap(),
  };
  const server = createHttpServer(limits);
  acceptKnownClients(server, core);
  const refuseUnparsed = ({ code }: NodeJS.ErrnoException, socket: Duplex): void => {
    if (!socket.writable || code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    core.counters.malformed += 1;
    sendParserRefusal(socket, code);
  };
  server.on('clientError', refuseUnparsed);
  limitHeads(server, limits, (socket) => refuseUnparsed(lateHead(), socket));
  server.on('connect', (request, client: Socket, head) => handleConnect(core, request, client, head));
  server.on('request', (request, response) => handleForward(core, request, response));
  await listen(
    server,
    descriptor === undefined ? { ...address, ipv6Only: isIP(address.host) === 6 } : { fd: descriptor },
  );
  const bound = server.address();

  return {
    address: { host: address.host, port: typeof bound === 'object' && bound !== null ? bound.port : address.port },
    counters: () => ({ ...core.counters, open: core.connections.size }),
    reconsider: () => core.connections.closeUnless((host, port) => context.decide(host, port).allowed),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      core.connections.closeUnless(() => false);
      for (const socket of [...core.clients.sockets()]) socket.destroy();
      await closed;
    },
  };
}

function createHttpServer(limits: ProxyLimits): Server {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    // See limitHeads.
    headersTimeout: 0,
    // A blob of gigabytes takes as long as it takes; the idle limit ends what does not move.
    requestTimeout: 0,
    connectionsCheckingInterval: NEVER_MS,
    keepAliveTimeout: limits.keepAlive,
    insecureHTTPParser: false,
    // Refused with a sentence instead of an empty 400.
    requireHostHeader: false,
  });
  // Beyond, nobody gets as far as to take the place of one that is idle.
  server.maxConnections = MAX_CONNECTIONS + ROOM;
  server.maxHeadersCount = MAX_HEADER_LINES;
  return server;
}

function acceptKnownClients(server: Server, { context, clients }: ProxyCore): void {
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    if (!context.isKnownClient(address) || !clients.add(socket, clientShare(address))) socket.destroy();
  });
}
