import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Logger } from '../../platform/log/logger.ts';
import { messagePage } from '../sign-in/pages.ts';
import { INTERACTION_PATH, PROVIDER_PATHS } from '../sign-in/provider.ts';
import { notFound } from './api.ts';
import { HttpProblem, sendProblem } from './problem-response.ts';
import { baseHeaders, htmlHeaders, providerPolicy } from './security-headers.ts';

/** Who answers what: `/v1` the API, `/interaction` the sign-in page, the rest of OpenID Connect the provider. */
export function createRequestListener(deps: {
  issuer: string;
  provider: Provider;
  interaction: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  api: (exchange: { request: IncomingMessage; response: ServerResponse; url: URL }) => Promise<void>;
  log: Logger;
}): RequestListener {
  const { issuer, provider, log } = deps;
  const { host, protocol } = new URL(issuer);
  const headers = baseHeaders(protocol === 'https:');
  const openId = provider.callback();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page elsewhere whose name was made to lead here (DNS rebinding) still sends its own name.
    if (request.headers.host !== host) {
      throw new HttpProblem(421, 'wrong-host', `This server answers as ${issuer} only.`, {}, { connection: 'close' });
    }
    const url = URL.parse(request.url ?? '', issuer);
    // `//elsewhere/` is an address of another origin.
    if (url?.origin !== issuer) throw notFound();
    if (url.pathname.startsWith('/v1/')) return deps.api({ request, response, url });
    if (url.pathname.startsWith(INTERACTION_PATH)) return deps.interaction(request, response);
    if (PROVIDER_PATHS.some((path) => url.pathname.startsWith(path))) {
      response.setHeader('content-security-policy', providerPolicy);
      return openId(request, response);
    }
    if (url.pathname === '/' && request.method === 'GET') {
      const text = 'Portcullis signs in here and fetches its policy from here. Open Portcullis to begin.';
      response.writeHead(200, htmlHeaders()).end(messagePage('This is a Portcullis server', text));
      return;
    }
    throw notFound();
  }

  return (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.once('close', () => {
      // The path alone: a query may carry codes.
      const path = (request.url ?? '').split('?', 1)[0];
      log.debug({ event: 'request', method: request.method, path, status: response.statusCode }, 'answered');
    });
    answer(request, response).catch((error: unknown) => {
      if (!(error instanceof HttpProblem)) log.error({ err: error }, 'a request failed');
      if (response.headersSent) return response.destroy();
      const unexpected = new HttpProblem(500, 'internal', 'Something went wrong in the server; its log says more.');
      sendProblem(response, error instanceof HttpProblem ? error : unexpected);
    });
  };
}
