import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { languageFor } from '../../../shared/messages/accept-language.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { SIGN_IN_REDIRECT_PATH } from '../../../shared/schemas/hub-schema.ts';
import { listen } from '../../platform/net/listen.ts';
import { REPLY_HEADERS, type ReplyPage, renderReplyPage, statusOf } from './reply-page.ts';

/**
 * Receives the browser when the provider sends it back, on the loopback address: at a port of the system's choice (RFC 8252 section 7.3)
 * or, for a provider that compares redirect URIs exactly, at the first free one of those registered there.
 */
export interface LoopbackListener {
  redirectUri: string;
  /** Accepts the one reply with this `state`; replies before it, or with another state, are ignored. */
  expect(state: string, onReply: (reply: URL) => Promise<ReplyPage>): void;
  /** A reply from now on is ignored and shown this page; the port is closed after it, or after five minutes. */
  retire(page: ReplyPage): void;
  /** Makes room for another listener at this port; a page that is being sent still arrives. */
  freePort(): void;
  close(): void;
}

const RETIRED_MS = 5 * 60_000;

/**
 * @param panel see `renderReplyPage`
 * @param ports the ports to try, in this order; empty: any
 * @throws ProblemError `no-loopback-port`, `redirect-ports-taken`
 */
export async function openLoopbackListener(panel: string | null, ports: readonly number[]): Promise<LoopbackListener> {
  const server = await listenAtFirst(ports.length === 0 ? [0] : ports).catch((error: Error) => {
    const cause = { cause: error.message };
    throw new ProblemError(
      ports.length === 0
        ? problem('no-loopback-port', {}, cause)
        : problem('redirect-ports-taken', { ports: ports.map(String) }, cause),
    );
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  let expected: { state: string; onReply: (reply: URL) => Promise<ReplyPage> } | null = null;
  let answered = false;

  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const send = (page: ReplyPage, then?: () => void): void => {
      response.writeHead(statusOf(page), REPLY_HEADERS);
      response.end(renderReplyPage(page, panel, languageFor(request.headers['accept-language'])), then);
    };
    // DNS rebinding: a page of another host name that was made to resolve to this address.
    if (request.headers.host !== `127.0.0.1:${port}`) return send({ kind: 'misdirected' });
    const reply = URL.canParse(request.url ?? '', origin) ? new URL(request.url ?? '', origin) : null;
    if (
      request.method !== 'GET' ||
      reply === null ||
      reply.origin !== origin ||
      reply.pathname !== SIGN_IN_REDIRECT_PATH
    ) {
      return send({ kind: 'not-found' });
    }
    const states = reply.searchParams.getAll('state');
    if (expected === null || states.length !== 1 || states[0] !== expected.state) return send({ kind: 'foreign' });
    if (answered) return send({ kind: 'replayed' });
    answered = true;
    expected.onReply(reply).then((page) => send(page, close), close);
  });

  return {
    retire: (page) => {
      if (answered) return;
      const { state } = expected ?? {};
      if (state === undefined) return close();
      expected = { state, onReply: async () => page };
      server.unref();
      setTimeout(close, RETIRED_MS).unref();
    },
    redirectUri: `${origin}${SIGN_IN_REDIRECT_PATH}`,
    expect: (state, onReply) => {
      expected = { state, onReply };
    },
    freePort: () => server.close(),
    close,
  };
}

/** @throws the error of the last port */
async function listenAtFirst([port, ...others]: readonly number[]): Promise<Server> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16_384 });
  try {
    await listen(server, { host: '127.0.0.1', port });
    return server;
  } catch (error) {
    // Taken, or on Windows in a range that the system has reserved.
    if (others.length === 0) throw error;
    return listenAtFirst(others);
  }
}
