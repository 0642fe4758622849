import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { createDispatch } from '../../../shared/schemas/ipc.ts';
import { Hello, MAX_MESSAGE_BYTES } from '../../../shared/schemas/ipc-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { staticHeaders } from '../../platform/http/static-files.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { dropStalled } from '../../platform/net/drop-stalled.ts';
import { listen } from '../../platform/net/listen.ts';
import { createUnsent, LOCAL_UNSENT } from '../../platform/net/unsent.ts';
import { type AgentHandle, sendEvents } from './agent-handle.ts';
import type { PanelAccess } from './panel-access.ts';
import type { PanelFile } from './panel-files.ts';
import { panelHeaders } from './panel-headers.ts';

/**
 * The panel over HTTP for a browser on the same machine. Every process, and every web page that the user visits, can connect, so each
 * request is checked: `Host` against DNS rebinding, `Origin` against foreign pages, a one-time code against other users of the machine.
 * There are no cookies that a foreign page could make use of.
 */
export interface PanelServer {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  close(): Promise<void>;
}

export interface PanelServerDeps {
  agent: AgentHandle<'any'>;
  access: PanelAccess;
  files: Map<string, PanelFile>;
  /** 0 picks a free one. */
  port: number;
  log: Logger;
  /** Milliseconds that a WebSocket may take for its first message. */
  helloTimeout?: number;
}

/** More pages than anybody has open. */
const MAX_PAGES = 64;
/** Pages and what browsers keep open beside them; keeps a local process from using up our file descriptors. */
const MAX_CONNECTIONS = 256;

/** So long a client may take nothing of an answer. */
const STALLED_MS = 30_000;

/** RFC 6455 section 7.4: 1008 is "policy violation"; 4000 and up are the application's. */
const CLOSE_NOT_ALLOWED = 4401;

/** @throws ProblemError `panel-port` when it cannot listen there. */
export async function startPanelServer(deps: PanelServerDeps): Promise<PanelServer> {
  const { agent, access, files } = deps;
  const log = deps.log.child({ part: 'panel' });
  const dispatch = createDispatch(agent.handlers, 'any');
  const http = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16 * 1024 });
  // A page that is dropped because it fell behind reconnects and gets a fresh snapshot.
  const unsent = createUnsent(LOCAL_UNSENT);
  // Pings are answered here: `ws` would go on answering a peer that takes nothing.
  const sockets = new WebSocketServer({
    ...{ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false, autoPong: false },
  });
  http.maxConnections = MAX_CONNECTIONS;
  dropStalled(http, STALLED_MS);
  await listen(http, { host: '127.0.0.1', port: deps.port }).catch((error: Error) => {
    const address = `127.0.0.1:${deps.port}`;
    throw new ProblemError(problem('panel-port', { address }, { cause: error.message }), { cause: error });
  });
  const host = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const origin = `http://${host}`;

  http.on('request', (request, response) => serveFile(request, response, host, files));
  http.on('upgrade', (request, socket, head) => {
    const refusal = checkUpgrade(request, host, origin, sockets.clients.size);
    if (refusal !== null) {
      log.warn(
        { status: refusal, host: request.headers.host, origin: request.headers.origin },
        'panel connection refused',
      );
      refuseUpgrade(socket, refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (peer) => awaitHello(readAsItTakes(peer, socket)));
  });

  /** Reads nothing more from a page while it does not take what it is sent. */
  function readAsItTakes(peer: WebSocket, socket: Duplex): Peer {
    const wrote = (): void => {
      unsent.wrote(socket);
      if (socket.writableNeedDrain) peer.pause();
    };
    socket.on('drain', () => peer.resume());
    peer.on('ping', (data) => {
      if (peer.readyState !== peer.OPEN || socket.writableNeedDrain) return;
      peer.pong(data);
      wrote();
    });
    return {
      peer,
      send(message) {
        if (peer.readyState !== peer.OPEN) return;
        peer.send(JSON.stringify(message));
        wrote();
      },
    };
  }

  /** Accepts nothing but a hello until one has been accepted. */
  function awaitHello({ peer, send }: Peer): void {
    const helloTimer = setTimeout(() => peer.close(CLOSE_NOT_ALLOWED, 'no hello'), deps.helloTimeout ?? 10_000);
    peer.on('error', (error) => log.warn({ error: error.message }, 'panel connection failed'));
    peer.on('close', () => clearTimeout(helloTimer));
    peer.once('message', (data, isBinary) => {
      clearTimeout(helloTimer);
      const hello = Hello.safeParse(isBinary ? undefined : parseJson(String(data)));
      const session = hello.success ? admit(hello.data) : null;
      if (session === null) {
        log.warn('panel code or session key refused');
        send({ id: 0, error: problem('panel-not-allowed') });
        peer.close(CLOSE_NOT_ALLOWED, 'not allowed');
        return;
      }
      send({ id: 0, ok: { session } });
      serve({ peer, send });
    });
  }

  function admit({ args }: Hello): string | null {
    if ('code' in args) return access.redeem(args.code);
    return access.isSession(args.session) ? args.session : null;
  }

  function serve({ peer, send }: Peer): void {
    const stop = sendEvents(agent, send);
    peer.on('close', stop);
    peer.on('message', async (data, isBinary) => {
      send(await dispatch(isBinary ? undefined : parseJson(String(data))));
    });
  }

  log.info({ origin }, 'panel serving');
  return {
    origin,
    async close() {
      for (const peer of sockets.clients) peer.terminate();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

interface Peer {
  peer: WebSocket;
  send(message: object): void;
}

interface Answer {
  status: number;
  headers: Record<string, string | number>;
  body: string | Buffer;
}

function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  host: string,
  files: Map<string, PanelFile>,
): void {
  const { status, headers, body } = answerTo(request, host, files);
  response.writeHead(status, { ...panelHeaders, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answerTo(request: IncomingMessage, host: string, files: Map<string, PanelFile>): Answer {
  const text = (status: number, body: string): Answer => ({
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', Allow: 'GET, HEAD' },
    body: `${body}\n`,
  });
  // 421: a page of another name was made to resolve to this address (DNS rebinding). RFC 9110 section 15.5.20.
  if (request.headers.host !== host) return text(421, 'Wrong host name.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Only GET and HEAD.');
  const file = files.get((request.url ?? '/').split('?', 1)[0] ?? '/');
  if (file === undefined) return text(404, 'Not found.');
  return {
    status: 200,
    headers: staticHeaders(file),
    body: file.body,
  };
}

/** @returns the HTTP status to refuse with, or null. An absent `Origin` is no browser; `null` is a sandboxed or file page. */
function checkUpgrade(request: IncomingMessage, host: string, origin: string, open: number): number | null {
  if (request.headers.host !== host) return 421;
  if (request.headers.origin !== origin) return 403;
  if (request.url !== '/ipc') return 404;
  if (open >= MAX_PAGES) return 503;
  return null;
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => socket.destroy());
  // Destroyed too, because whoever keeps its own side open would keep one of few connections.
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
