import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import { DASHBOARD_CLIENT_ID } from '../../../shared/schemas/hub-schema.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { type ExternalSignIn, PROVIDER_REPLY_PATH, pathOfReply } from '../external-identity/external-sign-in.ts';
import { sendPage } from '../http/answers.ts';
import { readBody, requireMediaType } from '../http/request-body.ts';
import { methodNotAllowed } from '../http/router.ts';
import { htmlHeaders } from '../http/security-headers.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { Credentials } from './credentials.ts';
import { continuePage, problemPage, readerOf, type SigningIn, signInPage } from './pages.ts';
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
/** Queries of links to the provider. */
const TO_PROVIDER = 'provider';
const SWITCH = 'switch';
/** By which the provider's clock may differ. */
const SKEW_SECONDS = 60;

/**
 * Shows the sign-in page and handles its form. Signing in here also gives consent: the only clients are Portcullis and its dashboard, which
 * ask for nothing but the name and the organizations.
 */
export function createInteraction(deps: {
  provider: Provider;
  accounts: Accounts;
  credentials: Credentials;
  /** Where people sign in at an external provider. */
  external: ExternalSignIn | null;
  /** @param clientId what they signed in to */
  signedIn: (user: User, clientId: string) => Promise<void>;
  log: Logger;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { provider, accounts, external } = deps;
  const log = deps.log.child({ part: 'sign-in' });

  return async (request, response) => {
    if (external !== null && new URL(request.url ?? '/', 'http://hub').pathname === PROVIDER_REPLY_PATH) {
      return passOn(request, response);
    }
    const interaction = await provider.interactionDetails(request, response).catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    });
    const action = new URL(request.url ?? '/', 'http://hub').pathname;
    // The identifier is in the cookie and in the path; a page elsewhere that makes the browser post here knows neither.
    if (interaction === undefined || action !== `${INTERACTION_PATH}${interaction.uid}`) {
      return sendPage(response, 400, problemPage(readerOf(request), problem('sign-in-page-expired')));
    }
    const exchange: Exchange = { request, response, interaction, action };
    switch (request.method) {
      case 'GET':
        return external === null ? showFirstPage(exchange) : goOn(exchange, external);
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
        continuePage(readerOf(exchange.request), {
          ...{ name, signingIn: whereSigningIn(interaction), action },
          provider: external === null ? undefined : `${action}?${SWITCH}`,
        }),
      );
    } else if (external !== null && !external.ownAccounts) {
      await lead(exchange, external, freshSinceOf(interaction));
    } else {
      showSignIn(exchange, 200, { username: String(interaction.params.login_hint ?? '').slice(0, 255) });
    }
  }

  function goOn(exchange: Exchange, at: ExternalSignIn): Promise<void> {
    const { request, interaction } = exchange;
    const { searchParams } = new URL(request.url ?? '/', 'http://hub');
    if (searchParams.has('state')) return comeBack(exchange, at);
    // Whoever wants to be somebody else is asked for a password, or the provider would answer for the same person again.
    if (searchParams.has(SWITCH)) return lead(exchange, at, interaction.iat);
    if (searchParams.has(TO_PROVIDER)) return lead(exchange, at, freshSinceOf(interaction));
    return showFirstPage(exchange);
  }

  /** The provider's answer, which comes to an address of its own. */
  function passOn(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'GET') throw methodNotAllowed(['GET']);
    const path = pathOfReply(request.url ?? '/', INTERACTION_PATH);
    if (path === null) sendPage(response, 400, problemPage(readerOf(request), problem('sign-in-page-expired')));
    else response.writeHead(303, { location: path }).end();
  }

  async function lead(exchange: Exchange, at: ExternalSignIn, freshSince: number | null): Promise<void> {
    const { response, interaction, action } = exchange;
    const place = { uid: interaction.uid, path: action };
    await at.lead(response, place, freshSince).catch((error: unknown) => failAtProvider(exchange, error));
  }

  /** The browser is back from the provider. */
  async function comeBack(exchange: Exchange, from: ExternalSignIn): Promise<void> {
    const { request, response, interaction, action } = exchange;
    try {
      const signedIn = await from.complete(request, response, { uid: interaction.uid, path: action });
      const finish = (result: InteractionResults): Promise<void> =>
        provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
      if (signedIn === null) return finish({ error: 'access_denied', error_description: 'Sign-in was cancelled.' });
      const { user, at } = signedIn;
      log.info({ sub: user.sub }, 'user signed in at the provider');
      const login = { accountId: user.sub, ts: at };
      // Somebody who was signed in there already has not been asked: any program can begin a sign-in (RFC 8252 section 8.6).
      const wasAsked = at >= interaction.iat - SKEW_SECONDS;
      return await finish(wasAsked ? { login, ...(await consent(interaction, user)) } : { login });
    } catch (error) {
      failAtProvider(exchange, error);
    }
  }

  /** @throws what is not the provider's */
  function failAtProvider(exchange: Exchange, error: unknown): void {
    if (!(error instanceof ProblemError)) throw error;
    log.warn({ problem: error.problem }, 'sign-in at the provider failed');
    show(exchange, 400, problemPage(readerOf(exchange.request), error.problem));
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
          if (external !== null && !external.ownAccounts) return lead(exchange, external, freshSinceOf(interaction));
          return showSignIn(exchange, 200, { username: '' });
        }
        return finish(await consent(interaction, user));
      }
      default: {
        if (external !== null && !external.ownAccounts) return showFirstPage(exchange);
        const user = await checkPassword(exchange, form.get('username') ?? '', form.get('password') ?? '');
        if (user !== undefined) await finish({ login: { accountId: user.sub }, ...(await consent(interaction, user)) });
      }
    }
  }

  /** @returns undefined where the page has been shown again with what is wrong */
  async function checkPassword(exchange: Exchange, username: string, password: string): Promise<User | undefined> {
    const checked = await deps.credentials.check(exchange, username, password);
    if ('refusal' in checked) {
      const { status, problem: found, headers } = checked.refusal;
      showSignIn(exchange, status, { username, problem: found }, headers);
      return undefined;
    }
    log.info({ sub: checked.user.sub }, 'user signed in');
    return checked.user;
  }

  function showSignIn(
    exchange: Exchange,
    status: number,
    options: { username: string; problem?: Problem },
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const { interaction, action } = exchange;
    show(
      exchange,
      status,
      signInPage(readerOf(exchange.request), {
        ...{ ...options, signingIn: whereSigningIn(interaction), action },
        provider: external === null ? undefined : `${action}?${TO_PROVIDER}`,
      }),
      headers,
    );
  }

  async function signedInUser({ session }: Interaction): Promise<User | undefined> {
    return session === undefined ? undefined : accounts.bySub(session.accountId);
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
  headers: Readonly<Record<string, string>> = {},
): void {
  sendPage(response, status, content, { ...htmlHeaders(redirectOrigin(interaction)), ...headers });
}

/** Where the browser is redirected after the form was sent. */
function redirectOrigin({ params }: Interaction): string | undefined {
  return typeof params.redirect_uri === 'string' ? URL.parse(params.redirect_uri)?.origin : undefined;
}

/**
 * Since when the password has to have been entered, in seconds since 1970, where whoever sent the browser here asked for a fresh sign-in
 * (`prompt=login`, `max_age`); null where they did not.
 */
function freshSinceOf({ prompt, iat }: Interaction): number | null {
  return prompt.name === 'login' && prompt.reasons.some((reason) => reason !== 'no_session') ? iat : null;
}

function whereSigningIn({ deviceCode, params }: Interaction): SigningIn {
  if (params.client_id === DASHBOARD_CLIENT_ID) return 'the dashboard';
  return deviceCode === undefined ? 'this computer' : 'another device';
}
