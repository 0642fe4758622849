import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { SIGN_IN_REDIRECT_PATH } from '../../../shared/schemas/hub-schema.ts';
import { listen } from '../../platform/net/listen.ts';
import { REPLY_HEADERS, type ReplyPage, renderReplyPage } from './reply-page.ts';

/** Where the provider sends the browser back to: RFC 8252 section 7.3, a port of the system's choice on the loopback address. */
export interface LoopbackListener {
  redirectUri: string;
  /** Takes the one reply whose `state` is this; what comes before, or with another, changes nothing. */
  expect(state: string, onReply: (reply: URL) => Promise<ReplyPage>): void;
  /** From now on a reply changes nothing and is shown this page; the port is given back after that, or after five minutes. */
  retire(page: ReplyPage): void;
  close(): void;
}

const RETIRED_MS = 5 * 60_000;

/** @throws ProblemError `no-loopback-port` */
export async function openLoopbackListener(): Promise<LoopbackListener> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16_384 });
  await listen(server, { host: '127.0.0.1', port: 0 }).catch((error: Error) => {
    throw new ProblemError({
      code: 'no-loopback-port',
      message: 'This machine gave no port on which the browser could answer.',
      cause: error.message,
      next: 'Sign in by device code: portcullis sign-in --device.',
    });
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
      response.writeHead(page.status, REPLY_HEADERS);
      response.end(renderReplyPage(page), then);
    };
    // Another host name that points here is somebody else's page: DNS rebinding.
    if (request.headers.host !== `127.0.0.1:${port}`) return send(MISDIRECTED);
    const reply = URL.canParse(request.url ?? '', origin) ? new URL(request.url ?? '', origin) : null;
    if (
      request.method !== 'GET' ||
      reply === null ||
      reply.origin !== origin ||
      reply.pathname !== SIGN_IN_REDIRECT_PATH
    ) {
      return send(NOTHING_HERE);
    }
    const states = reply.searchParams.getAll('state');
    if (expected === null || states.length !== 1 || states[0] !== expected.state) return send(FOREIGN_REPLY);
    if (answered) return send(REPLAYED);
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
    close,
  };
}

const MISDIRECTED: ReplyPage = {
  status: 421,
  title: 'Wrong address',
  paragraphs: ['This page answers only by its number.'],
};
const NOTHING_HERE: ReplyPage = { status: 404, title: 'Nothing here', paragraphs: [] };
const FOREIGN_REPLY: ReplyPage = {
  status: 400,
  title: 'This reply belongs to no sign-in',
  paragraphs: [
    'It was not asked for by the sign-in that is under way, so it was ignored.',
    'Start again in Portcullis if you did not get in.',
  ],
};
const REPLAYED: ReplyPage = {
  status: 409,
  title: 'This reply has been used already',
  paragraphs: ['A sign-in is answered once.'],
};
