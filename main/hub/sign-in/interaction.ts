import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { DASHBOARD_CLIENT_ID } from '../../../shared/schemas/hub-schema.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { clientShare } from '../../platform/net/client-share.ts';
import { clientAddress } from '../http/client-address.ts';
import { readBody, requireMediaType } from '../http/request-body.ts';
import { methodNotAllowed } from '../http/router.ts';
import { htmlHeaders } from '../http/security-headers.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { SignInAttempts } from './attempts.ts';
import { continuePage, problemPage, readerOf, type SigningIn, signInPage } from './pages.ts';
import { MAX_PASSWORD_LENGTH, verifyPassword } from './password.ts';
import type { PasswordQueue } from './password-queue.ts';
import { INTERACTION_PATH } from './provider.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  interaction: Interaction;
  /** The path of this interaction, where its forms are sent. */
  action: string;
}

const MAX_FORM_BYTES = 16 * 1024;
const BUSY_SECONDS = 5;

/**
 * Shows the sign-in page and handles its form. Signing in here also gives consent: the only clients are Portcullis and its dashboard, which
 * ask for nothing but the name and the organizations.
 */
export function createInteraction(deps: {
  provider: Provider;
  accounts: Accounts;
  attempts: SignInAttempts;
  passwords: PasswordQueue;
  isBehindProxy: boolean;
  /** @param clientId what they signed in to */
  signedIn: (user: User, clientId: string) => Promise<void>;
  /** Matches no password. Verified for unknown user names, so that they take as long as known ones. */
  decoyHash: string;
  log: Logger;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { provider, accounts, attempts } = deps;
  const log = deps.log.child({ part: 'sign-in' });

  return async (request, response) => {
    const interaction = await provider.interactionDetails(request, response).catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    });
    const action = new URL(request.url ?? '/', 'http://hub').pathname;
    // The identifier is in the cookie and in the path; a page elsewhere that makes the browser post here knows neither.
    if (interaction === undefined || action !== `${INTERACTION_PATH}${interaction.uid}`) {
      return send(response, 400, problemPage(readerOf(request), problem('sign-in-page-expired')));
    }
    const exchange: Exchange = { request, response, interaction, action };
    switch (request.method) {
      case 'GET':
        return showFirstPage(exchange);
      case 'POST':
        return handleForm(exchange);
      default:
        throw methodNotAllowed(['GET', 'POST']);
    }
  };

  async function showFirstPage(exchange: Exchange): Promise<void> {
    const { interaction, action } = exchange;
    const user = await signedInUser(interaction);
    if (interaction.prompt.name === 'consent' && user !== undefined) {
      const name = user.name ?? user.username;
      show(
        exchange,
        200,
        continuePage(readerOf(exchange.request), { name, signingIn: whereSigningIn(interaction), action }),
      );
    } else {
      showSignIn(exchange, 200, { username: String(interaction.params.login_hint ?? '').slice(0, 255) });
    }
  }

  async function handleForm(exchange: Exchange): Promise<void> {
    const { request, response, interaction } = exchange;
    requireMediaType(request, 'application/x-www-form-urlencoded');
    const form = new URLSearchParams((await readBody(request, MAX_FORM_BYTES)).toString('utf8'));
    const finish = (result: InteractionResults): Promise<void> =>
      provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });

    switch (form.get('action')) {
      case 'cancel':
        return finish({ error: 'access_denied', error_description: 'Sign-in was cancelled.' });
      case 'switch':
        return showSignIn(exchange, 200, { username: '' });
      case 'continue': {
        const user = await signedInUser(interaction);
        // A request for a fresh sign-in (`prompt=login`, `max_age`) needs the password again.
        if (user === undefined || interaction.prompt.name !== 'consent') {
          return showSignIn(exchange, 200, { username: '' });
        }
        return finish(await consent(interaction, user));
      }
      default: {
        const user = await checkPassword(exchange, form.get('username') ?? '', form.get('password') ?? '');
        if (user !== undefined) await finish({ login: { accountId: user.sub }, ...(await consent(interaction, user)) });
      }
    }
  }

  /** @returns undefined where the page has been shown again with what is wrong */
  async function checkPassword(exchange: Exchange, username: string, password: string): Promise<User | undefined> {
    const wait = await attempts.begin(username);
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000);
      log.warn({ seconds }, 'sign-in throttled');
      const throttled = { username, problem: problem('too-many-attempts', { seconds }) };
      showSignIn(exchange, 429, throttled, { 'retry-after': String(seconds) });
      return undefined;
    }
    const client = clientShare(clientAddress(exchange.request, deps.isBehindProxy));
    const checked = deps.passwords.run(client, async () => ({
      user: await authenticate(exchange, username, password),
    }));
    if (checked === null) {
      // Nothing was tried.
      await attempts.notTried(username);
      log.warn('too many sign-ins at once');
      const busy = { username, problem: problem('sign-ins-busy', { seconds: BUSY_SECONDS }) };
      showSignIn(exchange, 429, busy, { 'retry-after': String(BUSY_SECONDS) });
      return undefined;
    }
    const { user } = await checked;
    if (user === undefined) {
      log.info('sign-in rejected');
      showSignIn(exchange, 422, { username, problem: problem('credentials-wrong') });
      return undefined;
    }
    await attempts.succeeded(username);
    log.info({ sub: user.sub }, 'user signed in');
    return user;
  }

  function showSignIn(
    exchange: Exchange,
    status: number,
    options: { username: string; problem?: Problem },
    headers: Record<string, string> = {},
  ): void {
    const { interaction, action } = exchange;
    show(
      exchange,
      status,
      signInPage(readerOf(exchange.request), { ...options, signingIn: whereSigningIn(interaction), action }),
      headers,
    );
  }

  async function signedInUser({ session }: Interaction): Promise<User | undefined> {
    return session === undefined ? undefined : accounts.bySub(session.accountId);
  }

  async function authenticate({ response }: Exchange, username: string, password: string): Promise<User | undefined> {
    // Whoever has left while it was waiting needs no answer.
    if (response.destroyed) return undefined;
    const user = await accounts.byUsername(username);
    // Who was invited, or whose password was reset, has none.
    const hash = user === undefined || user.password === '' ? deps.decoyHash : user.password;
    const matches = password.length <= MAX_PASSWORD_LENGTH && (await verifyPassword(password, hash));
    // Hashing takes a while, in which the person may have been removed or the password reset.
    if (!matches || user === undefined) return undefined;
    return (await accounts.bySub(user.sub))?.password === hash ? user : undefined;
  }

  /** A sign-in succeeded. Each gets its own grant, so that revoking one machine's tokens does not sign out the user's other machines. */
  async function consent(interaction: Interaction, user: User): Promise<InteractionResults> {
    await deps.signedIn(user, String(interaction.params.client_id));
    const grant = new provider.Grant({ accountId: user.sub, clientId: String(interaction.params.client_id) });
    grant.addOIDCScope(String(interaction.params.scope ?? 'openid'));
    return { consent: { grantId: await grant.save() } };
  }
}

function show(
  { response, interaction }: Exchange,
  status: number,
  content: string,
  headers: Record<string, string> = {},
): void {
  send(response, status, content, { ...htmlHeaders(redirectOrigin(interaction)), ...headers });
}

function send(
  response: ServerResponse,
  status: number,
  content: string,
  headers: Record<string, string> = htmlHeaders(),
): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(content) });
  response.end(content);
}

/** Where the browser is redirected after the form was sent. */
function redirectOrigin({ params }: Interaction): string | undefined {
  return typeof params.redirect_uri === 'string' ? URL.parse(params.redirect_uri)?.origin : undefined;
}

function whereSigningIn({ deviceCode, params }: Interaction): SigningIn {
  if (params.client_id === DASHBOARD_CLIENT_ID) return 'the dashboard';
  return deviceCode === undefined ? 'this computer' : 'another device';
}
