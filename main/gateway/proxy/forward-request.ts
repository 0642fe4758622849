import { type ClientRequest, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { authorize } from './authorize.ts';
import { dial } from './dial.ts';
import { hasUnknownCoding, requestHeaders, responseHeaders } from './forwarded-headers.ts';
import type { ProxyCore } from './proxy-core.ts';
import {
  asPhrase,
  badRequest,
  codingRefused,
  type Refusal,
  respondWith,
  timedOut,
  tooManyRequests,
  traceRefused,
  unreachable,
} from './refusal.ts';
import { type AbsoluteTarget, parseAbsolute } from './request-target.ts';
import { isReachedThrough, proxyRefusal, type UpstreamProxy } from './upstream-proxy.ts';

/** One client's connection may have so many requests under way: each is a connection of ours. Engines have one. */
const MAX_AT_ONCE = 4;

/** Forwards a request in absolute form (RFC 9112 section 3.2.2), as for registries without TLS, or refuses it. */
export function handleForward(core: ProxyCore, request: IncomingMessage, response: ServerResponse): void {
  const target = parseAbsolute(request.url ?? '');
  const malformed = malformation(request, target);
  if (malformed !== null || target === null) {
    core.counters.malformed += 1;
    respondWith(response, malformed ?? badRequest);
    return;
  }
  const refused = authorize(core, target, request.headers.via);
  if (refused) respondWith(response, refused);
  else if ((core.requestsOf.get(request.socket) ?? 0) >= MAX_AT_ONCE) respondWith(response, tooManyRequests);
  else forward(core, target, request, response);
}

function malformation(request: IncomingMessage, target: AbsoluteTarget | null): Refusal | null {
  if (target === null) return badRequest;
  // RFC 9110 section 9.3.8: whoever it ends with sends back what it was sent, which may hold our credentials for the upstream proxy.
  if (request.method === 'TRACE') return traceRefused;
  return hasUnknownCoding(request.headers) ? codingRefused : null;
}

function forward(core: ProxyCore, target: AbsoluteTarget, request: IncomingMessage, response: ServerResponse): void {
  const { context, connections, limits, requestsOf } = core;
  const client = request.socket;
  requestsOf.set(client, (requestsOf.get(client) ?? 0) + 1);
  const proxy = isReachedThrough(context.upstreamProxy, target.host) ? context.upstreamProxy : null;
  const onward = openRequest(core, target, proxy, request);
  const connection = connections.add(target, () => {
    onward.destroy();
    response.destroy();
  });
  response.on('error', () => response.destroy());
  response.on('close', () => {
    connections.remove(connection);
    requestsOf.set(client, (requestsOf.get(client) ?? 1) - 1);
    onward.destroy();
  });
  onward.setTimeout(limits.plainIdle, () => onward.destroy(timedOut()));
  // For a client that does not take the rest of an answer that we have whole. Later than the other, which can still say what is wrong.
  response.setTimeout(2 * limits.plainIdle, () => response.destroy());
  const fail = (error: Error): void => {
    if (response.headersSent) response.destroy();
    else respondWith(response, unreachable(target.host, error));
  };
  onward.on('error', fail);
  // Neither an answer nor an error, such as leave to speak another protocol, which nobody asked for.
  onward.on('close', () => {
    if (!response.headersSent) fail(new Error('no answer'));
  });
  onward.on('response', (answer) => {
    const problem = answerProblem(answer, proxy);
    if (problem !== null) {
      answer.destroy();
      fail(problem);
      return;
    }
    core.counters.allowed += 1;
    answer.on('error', () => response.destroy());
    response.writeHead(
      answer.statusCode ?? 502,
      asPhrase(answer.statusMessage ?? ''),
      responseHeaders(answer.rawHeaders, answer.headers, core.pseudonym),
    );
    answer.pipe(response);
  });
  request.pipe(onward);
}

function openRequest(
  { context, limits, pseudonym }: ProxyCore,
  target: AbsoluteTarget,
  proxy: UpstreamProxy | null,
  request: IncomingMessage,
): ClientRequest {
  const { authority, path } = target;
  const headers = requestHeaders(request.rawHeaders, request.headers, authority, pseudonym);
  if (proxy !== null && proxy.authorization !== null) headers.push('Proxy-Authorization', proxy.authorization);
  return httpRequest({
    // A proxy is asked in absolute form (RFC 9112 section 3.2.2).
    path: proxy === null ? path : `http://${authority}${path}`,
    method: request.method ?? 'GET',
    headers,
    setHost: false,
    createConnection: () => {
      const socket = dial(context, target);
      const late = setTimeout(() => socket.destroy(timedOut()), limits.connect);
      for (const event of ['connect', 'close'] as const) socket.once(event, () => clearTimeout(late));
      return socket;
    },
  });
}

/** Why an answer cannot be passed on, or null. */
function answerProblem({ statusCode = 0, headers }: IncomingMessage, proxy: UpstreamProxy | null): Error | null {
  if (proxy !== null && statusCode === 407) {
    return proxyRefusal('407', headers['proxy-authenticate'] ?? '', proxy.authorization !== null);
  }
  // Node reads both and cannot write them.
  if (statusCode < 200 || hasUnknownCoding(headers)) return new Error('its answer is not HTTP that can be forwarded');
  return null;
}
