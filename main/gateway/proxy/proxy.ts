import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { normalizeHost } from '../../../shared/hosts/host-name.ts';
import type { Decision } from '../../../shared/reasons.ts';
import { formatSocketAddress, type SocketAddress } from '../../platform/net/socket-address.ts';
import type { FoundAddress } from '../dns/resolve-addresses.ts';
import { adoptSocket, chunksOf, createSocketReader } from './socket-reader.ts';
import { isForbiddenTarget } from './target.ts';
import { joinTunnel, TUNNEL_LIMITS, type TunnelEnd, type TunnelLimits } from './tunnel.ts';
import { askForTunnel, isReachedThrough, refusedBy, type UpstreamProxy } from './upstream-proxy.ts';

const MAX_CONNECTIONS = 8192;
/** One client's connection may have so many requests under way: each is a connection of ours. Engines have one. */
const MAX_AT_ONCE = 4;
const ATTEMPT_MS = 500;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADER_LINES = 100;
/** What is read at once from an upstream and from a client as long as little comes: what idle tunnels hold. */
const UPSTREAM_BYTES = 16 * 1024;
const CLIENT_BYTES = 4 * 1024;
/** A refused client may still be sending; closing at once would reset the connection before it has read why. */
const LINGER_MS = 2_000;

/** How long this proxy waits, in milliseconds. */
export interface ProxyLimits extends TunnelLimits {
  /** From the opening of a connection, or of its next request, to a whole head. */
  head: number;
  /** Until what is asked for is connected, by the upstream proxy if there is one. */
  connect: number;
  /** Between two signs of life of a request that is no tunnel. */
  plainIdle: number;
}
export const PROXY_LIMITS: ProxyLimits = { ...TUNNEL_LIMITS, head: 10_000, connect: 15_000, plainIdle: 120_000 };

/** What the proxy asks of the rest of the gateway. */
export interface ProxyContext {
  decide(host: string, port: number): Decision;
  /** The sentence for a refusal: printable ASCII. */
  sentence(host: string, decision: Decision): string;
  lookUp(host: string): Promise<FoundAddress[]>;
  isKnownClient(address: string): boolean;
  /** `n<nonce>.probe…`: denied whatever is in force, and noticed. Returns whether it was one. */
  noticeProbe(host: string): boolean;
  denied(host: string, port: number, decision: Decision): void;
  /** By which what is allowed is reached, where that is not done directly. */
  upstreamProxy: UpstreamProxy | null;
  /** Every listener of this gateway. */
  own(): readonly SocketAddress[];
}

export interface ProxyCounters {
  allowed: number;
  denied: number;
  malformed: number;
  open: number;
}

export interface RegistryProxy {
  readonly counters: ProxyCounters;
  readonly address: SocketAddress;
  /** Closes what the rule set now in force would not let through. */
  reconsider(): void;
  close(): Promise<void>;
}

interface ProxiedConnection {
  host: string;
  port: number;
  /** The conversation is with another host, or does not say with which; nothing forbade that when it began. */
  isFronted: boolean;
  close(): void;
}

/** RFC 9110 section 7.6.1, and the two that clients send although no standard names them. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const NOTHING = Buffer.alloc(0);
/** Result, it is denied wherever anything is restricted (`decide`). */
const NO_HOST = '';
const PRIVATE_TARGET = 'leads back to the machine of the gateway itself, which is refused';

/**
 * The engine's HTTPS_PROXY and HTTP_PROXY: CONNECT tunnels, and absolute-form requests for registries without TLS.
 * @param pseudonym how this instance signs `Via` (RFC 9110 section 7.6.3), so that it knows its own requests again.
 * @throws the bind error.
 */
export async function openProxy(
  address: SocketAddress,
  pseudonym: string,
  context: ProxyContext,
  limits: ProxyLimits = PROXY_LIMITS,
): Promise<RegistryProxy> {
  const counters: ProxyCounters = { allowed: 0, denied: 0, malformed: 0, open: 0 };
  const connections = new Set<ProxiedConnection>();
  const sockets = new Set<Duplex>();
  /** Requests under way, by the client's connection. */
  const underWay = new WeakMap<Duplex, number>();

  const server: Server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: limits.head,
    // A blob of gigabytes takes as long as it takes; the idle limit ends what does not move.
    requestTimeout: 0,
    connectionsCheckingInterval: limits.head / 5,
    keepAliveTimeout: 5_000,
    insecureHTTPParser: false,
    // Refused below with a sentence instead of an empty 400.
    requireHostHeader: false,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = MAX_HEADER_LINES;

  server.on('connection', (socket) => {
    if (!context.isKnownClient(socket.remoteAddress ?? '')) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    counters.malformed += 1;
    const status =
      error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
          ? '408 Request Timeout'
          : '400 Bad Request';
    endWith(socket, `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });

  /** The decision for a request's target, or the refusal to send. */
  function judge(host: string, port: number, request: IncomingMessage): Refusal | null {
    if (context.noticeProbe(host)) return refusal(403, `${host} is a test name, and this wall refuses it`);
    if (hasPassed(request.headers.via, pseudonym)) {
      return refusal(508, `${host} cannot be reached: the request has come back to this proxy`);
    }
    const decision = context.decide(host, port);
    if (!decision.allowed || decision.reason === 'audit-only') context.denied(host, port, decision);
    if (!decision.allowed) {
      counters.denied += 1;
      // The usual ports go without saying, where nothing else of the host is allowed.
      const isUsual = port === 443 || (port === 80 && !context.decide(host, 443).allowed);
      const shown = decision.reason !== 'not-in-policy' || isUsual ? host : formatSocketAddress({ host, port });
      return refusal(403, context.sentence(shown, decision));
    }
    // RFC 6761 section 6.3: whoever is asked for `localhost` by name takes it for itself, the next proxy too.
    const isSelf = host === 'localhost' || host.endsWith('.localhost');
    if (isSelf || (isIP(host) !== 0 && isForbiddenTarget(host, port, context.own()))) {
      counters.denied += 1;
      return refusal(403, `${host} ${PRIVATE_TARGET}`);
    }
    return null;
  }

  /** Of a listener on every address none can be compared; but who goes from a machine to itself comes from where it goes to. */
  const leadsToWildcard = ({ localAddress, remoteAddress, remotePort }: Socket): boolean =>
    localAddress === remoteAddress &&
    context.own().some(({ host, port }) => port === remotePort && (host === '0.0.0.0' || host === '::'));

  /** Resolves by our own upstreams only, and leaves out what a tunnel must not reach. */
  const lookup =
    (port: number): LookupFunction =>
    (host, options, done) => {
      context.lookUp(host).then(
        (found) => {
          const usable = found.filter(({ address: each }) => !isForbiddenTarget(each, port, context.own()));
          if (usable.length === 0) {
            const unknown = Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND' });
            done(found.length === 0 ? unknown : forbidden(), '');
          } else if (options.all) done(null, usable);
          else done(null, usable[0]?.address ?? '', usable[0]?.family);
        },
        (error) => done(error, ''),
      );
    };

  /** The upstream proxy is where the administrator says, which may be this machine. */
  const lookupProxy: LookupFunction = (host, options, done) => {
    context.lookUp(host).then(
      ([first, ...others]) => {
        if (first === undefined) done(Object.assign(new Error(`no address for ${host}`), { code: 'EPROXYNAME' }), '');
        else if (options.all) done(null, [first, ...others]);
        else done(null, first.address, first.family);
      },
      (error) => done(error, ''),
    );
  };

  /** Connects to the host, or to the proxy by which it is reached. */
  function dial(host: string, port: number, onread?: OnReadOpts): Socket {
    const proxy = isReachedThrough(context.upstreamProxy, host) ? context.upstreamProxy : null;
    return connect({
      ...(onread === undefined ? {} : { onread }),
      host: proxy?.host ?? host,
      port: proxy?.port ?? port,
      lookup: proxy === null ? lookup(port) : lookupProxy,
      allowHalfOpen: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
    });
  }

  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    client.on('error', () => client.destroy());
    if ((underWay.get(client) ?? 0) > 0) {
      // The answers to its earlier requests would end up in the tunnel.
      counters.malformed += 1;
      client.destroy();
      return;
    }
    const asked = parseAuthority(request.url ?? '', null);
    if (asked === null) {
      counters.malformed += 1;
      sendRefusal(client, refusal(400, 'CONNECT needs a host and a port'));
      return;
    }
    const { host, port } = asked;
    const refused = judge(host, port, request);
    if (refused) {
      sendRefusal(client, refused);
      return;
    }
    const reader = createSocketReader(UPSTREAM_BYTES);
    const upstream = dial(host, port, reader.onread);
    let near: TunnelEnd = { socket: client, reader: chunksOf(client) };
    const connection: ProxiedConnection = {
      ...{ host, port, isFronted: false },
      close: () => {
        near.socket.destroy();
        upstream.destroy();
      },
    };
    enter(connection);
    const late = setTimeout(() => upstream.destroy(new Error('no answer in time')), limits.connect);
    const failed = (error: NodeJS.ErrnoException): void => {
      clearTimeout(late);
      leave(connection);
      upstream.destroy();
      sendRefusal(client, unreachable(host, error));
    };
    const gone = (): void => {
      clearTimeout(late);
      leave(connection);
      upstream.destroy();
    };
    upstream.once('error', failed);
    client.once('close', gone);
    const open = (rest: Buffer): void => {
      clearTimeout(late);
      upstream.off('error', failed);
      client.off('close', gone);
      counters.allowed += 1;
      // What came before anybody asked for it.
      const early: Buffer | null = client.read();
      const fromClient = createSocketReader(CLIENT_BYTES);
      const taken = adoptSocket(client, fromClient.onread);
      if (taken !== null) near = { socket: taken, reader: fromClient };
      near.socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      joinTunnel({
        near,
        far: { socket: upstream, reader },
        head: early === null ? head : Buffer.concat([head, early]),
        agrees: (hello) => agrees(hello, connection),
        onClose: () => leave(connection),
        limits,
      });
      if (rest.length > 0) near.socket.write(rest);
    };
    if (!isReachedThrough(context.upstreamProxy, host)) {
      upstream.once('connect', () => {
        if (leadsToWildcard(upstream)) upstream.destroy(forbidden());
        else open(NOTHING);
      });
      return;
    }
    const target = formatSocketAddress({ host, port });
    const via = [request.headers.via, `1.1 ${pseudonym}`].filter((each) => each !== undefined).join(', ');
    const { authorization } = context.upstreamProxy;
    const headers = [`Via: ${via}`, ...(authorization === null ? [] : [`Proxy-Authorization: ${authorization}`])];
    askForTunnel(upstream, reader, target, headers, (answer) => {
      if (answer.kind === 'open') open(answer.rest);
      else upstream.destroy(refusedBy(answer.status));
    });
  });

  /**
   * A tunnel that was allowed for one host must not carry a conversation with another (domain fronting). Where nothing is
   * restricted it may, and where all is only recorded this is too.
   */
  function agrees(
    hello: Parameters<Parameters<typeof joinTunnel>[0]['agrees']>[0],
    connection: ProxiedConnection,
  ): boolean {
    const { host, port } = connection;
    const name = hello.kind === 'hello' ? (hello.serverName?.toLowerCase().replace(/\.$/, '') ?? null) : null;
    // An IP literal is never sent as server name (RFC 6066 section 3).
    if (hello.kind === 'hello' && (isIP(host) !== 0 ? name === null : name === host)) return true;
    const decision = context.decide(NO_HOST, port);
    if (name !== null && (!decision.allowed || decision.reason === 'audit-only')) context.denied(name, port, decision);
    if (!decision.allowed) counters.denied += 1;
    connection.isFronted = true;
    return decision.allowed;
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const target = parseAbsolute(request.url ?? '');
    if (target === null) {
      counters.malformed += 1;
      respond(
        response,
        refusal(400, 'This is the registry proxy of Portcullis; it takes CONNECT and http:// requests'),
      );
      return;
    }
    // RFC 9110 section 9.3.8: whoever it ends with sends back what it was sent, which may hold our credentials for the upstream proxy.
    if (request.method === 'TRACE') {
      counters.malformed += 1;
      respond(response, refusal(501, 'TRACE is not passed on'));
      return;
    }
    if (hasOtherCoding(request)) {
      counters.malformed += 1;
      respond(response, refusal(501, 'Of transfer codings only chunked is passed on'));
      return;
    }
    const { host, port, path } = target;
    const refused = judge(host, port, request);
    if (refused) {
      respond(response, refused);
      return;
    }
    const client = request.socket;
    const atOnce = underWay.get(client) ?? 0;
    if (atOnce >= MAX_AT_ONCE) {
      respond(response, refusal(503, 'Too many requests at once on one connection'));
      return;
    }
    underWay.set(client, atOnce + 1);
    const through = isReachedThrough(context.upstreamProxy, host) ? context.upstreamProxy : null;
    const headers = forwardedHeaders(request, target.authority, pseudonym);
    if (through !== null && through.authorization !== null) headers.push('Proxy-Authorization', through.authorization);
    const onward = httpRequest({
      // A proxy is asked in absolute form (RFC 9112 section 3.2.2).
      path: through === null ? path : `http://${target.authority}${path}`,
      method: request.method ?? 'GET',
      headers,
      setHost: false,
      createConnection: () => {
        const socket = dial(host, port);
        const late = setTimeout(() => socket.destroy(new Error('no answer in time')), limits.connect);
        for (const event of ['connect', 'close'] as const) socket.once(event, () => clearTimeout(late));
        return socket;
      },
    });
    const connection: ProxiedConnection = {
      ...{ host, port, isFronted: false },
      close: () => {
        onward.destroy();
        response.destroy();
      },
    };
    enter(connection);
    response.on('error', () => response.destroy());
    response.on('close', () => {
      leave(connection);
      underWay.set(client, (underWay.get(client) ?? 1) - 1);
      onward.destroy();
    });
    onward.setTimeout(limits.plainIdle, () => onward.destroy(new Error('no answer in time')));
    // For who does not take the rest of an answer that we have whole. Later than the other, which can still say what is wrong.
    response.setTimeout(2 * limits.plainIdle, () => response.destroy());
    const failed = (error: Error): void => {
      if (response.headersSent) response.destroy();
      else respond(response, unreachable(host, error));
    };
    onward.on('error', failed);
    // What is neither an answer nor an error, such as leave to speak another protocol, which was not asked for.
    onward.on('close', () => {
      if (!response.headersSent) failed(new Error('no answer'));
    });
    onward.on('response', (answer) => {
      if (through !== null && answer.statusCode === 407) {
        answer.destroy();
        respond(response, unreachable(host, refusedBy('407')));
        return;
      }
      // Node reads both and cannot write them.
      if ((answer.statusCode ?? 0) < 200 || hasOtherCoding(answer)) {
        answer.destroy();
        failed(new Error('its answer is no HTTP that can be passed on'));
        return;
      }
      counters.allowed += 1;
      answer.on('error', () => response.destroy());
      response.writeHead(
        answer.statusCode ?? 502,
        clean(answer.statusMessage ?? ''),
        withoutHopByHop(answer.rawHeaders, answer.headers.connection).concat('Via', `1.1 ${pseudonym}`),
      );
      answer.pipe(response);
    });
    request.pipe(onward);
  });

  function enter(connection: ProxiedConnection): void {
    connections.add(connection);
    counters.open = connections.size;
  }
  function leave(connection: ProxiedConnection): void {
    connections.delete(connection);
    counters.open = connections.size;
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address.host, port: address.port, ipv6Only: isIP(address.host) === 6 }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve();
    });
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;

  return {
    counters,
    address: { host: address.host, port },
    reconsider() {
      for (const connection of connections) {
        const { host, port, isFronted } = connection;
        if (!context.decide(host, port).allowed || (isFronted && !context.decide(NO_HOST, port).allowed))
          connection.close();
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.close();
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Refusal {
  status: number;
  phrase: string;
  body: string;
}

/** The registry's error format with a code that the docker CLI prints as it is; `DENIED` would read as "login needed". */
function refusal(status: number, sentence: string): Refusal {
  const phrase = clean(sentence);
  return {
    status,
    phrase,
    body: `${JSON.stringify({ errors: [{ code: status === 403 ? 'UNSUPPORTED' : 'UNAVAILABLE', message: phrase }] })}\n`,
  };
}

function forbidden(): NodeJS.ErrnoException {
  return Object.assign(new Error(PRIVATE_TARGET), { code: 'EFORBIDDEN' });
}

function unreachable(host: string, error: NodeJS.ErrnoException): Refusal {
  if (error.code === 'EFORBIDDEN') return refusal(403, `${host} ${PRIVATE_TARGET}`);
  if (error.code === 'ENOTFOUND') return refusal(502, `${host} is allowed, but no resolver knows its address`);
  return refusal(502, `${host} is allowed, but cannot be reached: ${error.code ?? error.message}`);
}

function clean(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}

function endWith(socket: Duplex, text: string): void {
  socket.end(text);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.on('close', () => clearTimeout(timer));
}

function sendRefusal(client: Duplex, { status, phrase, body }: Refusal): void {
  if (!client.writable) {
    client.destroy();
    return;
  }
  endWith(
    client,
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function respond(response: ServerResponse, { status, phrase, body }: Refusal): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, phrase, { 'content-type': 'application/json', connection: 'close' });
  response.end(body);
}

/** `host:port` (RFC 9112 section 3.2.3). The host in the spelling in which rules are written; null for anything else. */
export function parseAuthority(authority: string, defaultPort: number | null): SocketAddress | null {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9._-]{1,254}))(?::(\d{1,5}))?$/.exec(authority);
  if (!match) return null;
  const port = match[3] === undefined ? defaultPort : Number(match[3]);
  if (port === null || port < 1 || port > 65535) return null;
  // What a URL parser or an upstream proxy could take for an address, `127.1` for one, is none here and no name either.
  const host = normalizeHost(match[1] ?? match[2] ?? '');
  return host === null ? null : { host: host.host, port };
}

/** `http://host[:port]/path?query` (RFC 9112 section 3.2.2). No user information, no other scheme. */
function parseAbsolute(url: string): (SocketAddress & { path: string; authority: string }) | null {
  const match = /^http:\/\/([^/?#@\s]+)([/?][^#\s]*)?$/i.exec(url);
  const authority = match?.[1] ?? '';
  const target = parseAuthority(authority, 80);
  if (target === null) return null;
  const path = match?.[2] ?? '/';
  return { ...target, authority, path: path.startsWith('/') ? path : `/${path}` };
}

function hasPassed(via: string | undefined, pseudonym: string): boolean {
  return (via ?? '').split(',').some((entry) => entry.trim().split(/\s+/)[1] === pseudonym);
}

/** RFC 9112 section 6.1: a coding that this proxy does not know it can neither undo nor, as it ends here, leave as it is. */
function hasOtherCoding({ headers }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && coding.trim().toLowerCase() !== 'chunked';
}

/** Raw name-value pairs, as they came, without those that end at this hop. */
function withoutHopByHop(raw: readonly string[], connection: string | undefined): string[] {
  const named = new Set((connection ?? '').split(',').map((name) => name.trim().toLowerCase()));
  // Without its length a body would be read differently by the next server.
  named.delete('content-length');
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !named.has(lower)) kept.push(name, raw[i + 1] as string);
  }
  return kept;
}

/** The host of the URL counts, whatever `Host` says (RFC 9112 section 3.2.2): else one could be judged and another asked. */
function forwardedHeaders(request: IncomingMessage, authority: string, pseudonym: string): string[] {
  const headers = ['Host', authority];
  const passed = withoutHopByHop(request.rawHeaders, request.headers.connection);
  for (let i = 0; i + 1 < passed.length; i += 2) {
    const name = passed[i] as string;
    const lower = name.toLowerCase();
    if (lower !== 'host' && lower !== 'expect') headers.push(name, passed[i + 1] as string);
  }
  headers.push('Via', `1.1 ${pseudonym}`);
  if (request.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked');
  return headers;
}
