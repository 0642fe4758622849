import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { problem } from '../../../shared/problems/catalogue.ts';
import { CHANGE_PASSWORD_PATH, DASHBOARD_PATH } from '../../../shared/schemas/hub-schema.ts';
import { html } from '../../platform/html/plain-page.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { PROVIDER_REPLY_PATH } from '../external-identity/external-sign-in.ts';
import { FIRST_OWNER_PATH } from '../first-owner/first-owner.ts';
import type { CheckHealth } from '../operator/health.ts';
import { WELL_KNOWN_CHANGE_PASSWORD } from '../people/change-password.ts';
import { LINK_PATH } from '../people/password-links.ts';
import { messagePage, readerOf } from '../sign-in/pages.ts';
import { INTERACTION_PATH, PROVIDER_PATHS } from '../sign-in/provider.ts';
import { sendJson } from './answers.ts';
import { isOfDashboard } from './dashboard.ts';
import { type Exchange, exchangeOf } from './exchange.ts';
import { answering, HttpProblem } from './problem-response.ts';
import { methodNotAllowed, notFound } from './router.ts';
import { htmlHeaders, providerPolicy } from './security-headers.ts';

/** Whoever can read the log must not be able to set passwords. */
const CODE_IN_PATH = new RegExp(`^${LINK_PATH}.*`);

/**
 * Dispatches requests: `/healthz` to whoever asks, `/v1` to the API, `/dashboard/` to its files,
 * `/interaction` to the sign-in page, `/invitation` and `/password` to the pages that set a password,
 * OpenID Connect to the provider.
 */
export function createRequestListener(deps: {
  issuer: string;
  provider: Provider;
  interaction: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Whether people sign in at an external provider. */
  hasProvider: boolean;
  /** The page on which a person sets a password. */
  choosePassword: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** The page on which people change their own; null where nobody has one. */
  changePassword: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
  api: (exchange: Exchange) => void | Promise<void>;
  firstOwnerPage: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  checkHealth: CheckHealth;
  dashboard: (exchange: Exchange) => void;
  log: Logger;
}): RequestListener {
  const { issuer, provider } = deps;
  const log = deps.log.child({ part: 'http' });
  const { host } = new URL(issuer);
  const openId = provider.callback();

  function answer(request: IncomingMessage, response: ServerResponse): void | Promise<void> {
    // A load balancer asks by address. What it learns is no secret.
    if (request.url === '/healthz') return answerHealth(request, response);
    // Against DNS rebinding: a page of another site that reaches this server still sends its own host name.
    if (request.headers.host !== host) {
      throw new HttpProblem(421, problem('wrong-host', { address: issuer }), { headers: { connection: 'close' } });
    }
    const exchange = exchangeOf(request, response, issuer);
    if (exchange === null) throw notFound();
    const { path } = exchange;
    if (path.startsWith('/v1/')) return deps.api(exchange);
    if (isOfDashboard(path)) return deps.dashboard(exchange);
    if (path.startsWith(INTERACTION_PATH) || (deps.hasProvider && path === PROVIDER_REPLY_PATH)) {
      return deps.interaction(request, response);
    }
    if (path.startsWith(LINK_PATH)) return deps.choosePassword(request, response);
    if (path === CHANGE_PASSWORD_PATH || path === WELL_KNOWN_CHANGE_PASSWORD) {
      if (deps.changePassword === null) throw notFound();
      return deps.changePassword(request, response);
    }
    if (PROVIDER_PATHS.some((start) => path.startsWith(start))) {
      response.setHeader('content-security-policy', providerPolicy);
      return openId(request, response);
    }
    if (path === FIRST_OWNER_PATH) return deps.firstOwnerPage(request, response);
    if (path === '/' && request.method === 'GET') {
      const reader = readerOf(request);
      const { start, openDashboard } = reader.texts;
      const dashboard = html`<a class="button" href="${DASHBOARD_PATH}">${openDashboard}</a>
<p class="small">${start.forOwners}</p>`;
      response.writeHead(200, htmlHeaders()).end(messagePage(reader, start, dashboard));
      return;
    }
    throw notFound();
  }

  async function answerHealth({ method }: IncomingMessage, response: ServerResponse): Promise<void> {
    if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD']);
    const fault = await deps.checkHealth();
    if (fault === null) {
      sendJson(response, { status: 'ok' });
      return;
    }
    log.error({ err: fault }, 'the database cannot be written');
    throw new HttpProblem(503, problem('hub-database-unwritable'));
  }

  function logAnswer({ method, url }: IncomingMessage, { statusCode: status }: ServerResponse): void {
    // Without the query, which may carry codes.
    const path = (url ?? '').split('?', 1)[0]?.replace(CODE_IN_PATH, `${LINK_PATH}…`);
    log.debug({ method, path, status }, 'request answered');
  }

  return (request, response) => {
    if (log.isLevelEnabled('debug')) response.once('close', () => logAnswer(request, response));
    answering(response, log, () => answer(request, response));
  };
}
