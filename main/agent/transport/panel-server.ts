import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { createDispatch } from '../../../shared/schemas/ipc.ts';
import { Hello, MAX_MESSAGE_BYTES } from '../../../shared/schemas/ipc-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { listen } from '../../platform/net/listen.ts';
import { type AgentHandle, sendEvents } from './agent-handle.ts';
import type { PanelAccess } from './panel-access.ts';
import type { PanelFile } from './panel-files.ts';
import { panelHeaders } from './panel-headers.ts';

/**
 * The panel over HTTP for a browser on the same machine. The listener is open to every process and every web page that
 * the user visits, so each request proves where it comes from: `Host` against DNS rebinding, `Origin` against foreign
 * pages, a one-time code against other users of the machine. No cookies, so there is nothing to ride on.
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
  /** Milliseconds a WebSocket may take for its first message. */
  helloTimeout?: number;
}

/** A peer that reads more slowly than this many bytes behind is dropped; it reconnects and gets a fresh snapshot. */
const MAX_UNSENT_BYTES = 4 * 1024 * 1024;
/** More pages than anybody has open. */
const MAX_PAGES = 64;
/** With what browsers hold besides; stops a local process from holding all our descriptors. */
const MAX_CONNECTIONS = 256;

/** RFC 6455 section 7.4: 1008 is "policy violation"; 4000 and up are the application's. */
const CLOSE_NOT_ALLOWED = 4401;

/** @throws ProblemError `panel-port` when the port cannot be had. */
export async function startPanelServer(deps: PanelServerDeps): Promise<PanelServer> {
  const { agent, access, files, log } = deps;
  const dispatch = createDispatch(agent.handlers, 'any');
  const http = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16 * 1024 });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  http.maxConnections = MAX_CONNECTIONS;
  await listen(http, { host: '127.0.0.1', port: deps.port }).catch((error: NodeJS.ErrnoException) => {
    throw cannotListen(deps.port, error);
  });
  const host = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const origin = `http://${host}`;

  http.on('request', (request, response) => serveFile(request, response, host, files));
  http.on('upgrade', (request, socket, head) => {
    const refusal = checkUpgrade(request, host, origin, sockets.clients.size);
    if (refusal !== null) {
      log.warn({ status: refusal, host: request.headers.host, origin: request.headers.origin }, 'panel: refused');
      refuseUpgrade(socket, refusal);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (peer) => greet(peer));
  });

  /** Nothing but a hello is understood until one has been accepted. */
  function greet(peer: WebSocket): void {
    const patience = setTimeout(() => peer.close(CLOSE_NOT_ALLOWED, 'no hello'), deps.helloTimeout ?? 10_000);
    peer.on('error', (error) => log.warn({ error: error.message }, 'panel: connection failed'));
    peer.on('close', () => clearTimeout(patience));
    peer.once('message', (data, isBinary) => {
      clearTimeout(patience);
      const hello = Hello.safeParse(isBinary ? undefined : parseJson(String(data)));
      const session = hello.success ? admit(hello.data) : null;
      if (session === null) {
        log.warn('panel: a code or session key was refused');
        send(peer, { id: 0, error: NOT_ALLOWED });
        peer.close(CLOSE_NOT_ALLOWED, 'not allowed');
        return;
      }
      send(peer, { id: 0, ok: { session } });
      serve(peer);
    });
  }

  function admit({ args }: Hello): string | null {
    if ('code' in args) return access.redeem(args.code);
    return access.isSession(args.session) ? args.session : null;
  }

  function serve(peer: WebSocket): void {
    const stop = sendEvents(agent, (message) => send(peer, message));
    peer.on('close', stop);
    peer.on('message', async (data, isBinary) => {
      send(peer, await dispatch(isBinary ? undefined : parseJson(String(data))));
    });
  }

  log.info({ origin }, 'panel: serving');
  return {
    origin,
    async close() {
      for (const peer of sockets.clients) peer.terminate();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

const NOT_ALLOWED: Problem = {
  code: 'panel-not-allowed',
  message: 'This address of the panel was already used, or is older than a minute.',
  next: 'Run "portcullis open" to get another.',
};

function send(peer: WebSocket, message: object): void {
  if (peer.readyState !== peer.OPEN) return;
  if (peer.bufferedAmount > MAX_UNSENT_BYTES) {
    peer.terminate();
    return;
  }
  peer.send(JSON.stringify(message));
}

function cannotListen(port: number, error: NodeJS.ErrnoException): ProblemError {
  return new ProblemError({
    code: 'panel-port',
    message: `The panel cannot listen on 127.0.0.1:${port}.`,
    cause: error.message,
    next:
      error.code === 'EADDRINUSE' ? 'End the program that uses this port, or choose port 0.' : 'Choose another port.',
  });
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
  if (request.headers.host !== host) return text(421, 'This is not the host that was asked for.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Only GET and HEAD.');
  const file = files.get((request.url ?? '/').split('?', 1)[0] ?? '/');
  if (file === undefined) return text(404, 'There is no such file.');
  return {
    status: 200,
    headers: {
      'Content-Type': file.type,
      'Content-Length': file.body.length,
      'Cache-Control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-store',
    },
    body: file.body,
  };
}

/** The HTTP status to refuse with, or null. An absent `Origin` is no browser page; `null` is a sandboxed or file one. */
function checkUpgrade(request: IncomingMessage, host: string, origin: string, open: number): number | null {
  if (request.headers.host !== host) return 421;
  if (request.headers.origin !== origin) return 403;
  if (request.url !== '/ipc') return 404;
  if (open >= MAX_PAGES) return 503;
  return null;
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
