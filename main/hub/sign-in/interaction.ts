import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import type { Logger } from '../../platform/log/logger.ts';
import { HttpProblem } from '../http/problem-response.ts';
import { readBody, requireMediaType } from '../http/request-body.ts';
import { htmlHeaders } from '../http/security-headers.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { SignInAttempts } from './attempts.ts';
import { continuePage, messagePage, signInPage } from './pages.ts';
import { MAX_PASSWORD_LENGTH, verifyPassword } from './password.ts';
import { INTERACTION_PATH } from './provider.ts';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

const MAX_FORM_BYTES = 16 * 1024;
const WRONG = 'The user name or the password is wrong.';

/**
 * The page that asks who somebody is, and the form's other end. Signing in here is consent too: the only client is
 * Portcullis, which asks for nothing but the name and the organizations.
 */
export function createInteraction(deps: {
  provider: Provider;
  accounts: Accounts;
  attempts: SignInAttempts;
  /** A hash that fits no password: looked at for names that do not exist, which then take as long. */
  decoyHash: string;
  log: Logger;
}): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { provider, accounts, attempts, log } = deps;

  return async (request, response) => {
    const interaction = await provider.interactionDetails(request, response).catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    });
    const action = new URL(request.url ?? '/', 'http://hub').pathname;
    // The identifier is in the cookie and in the address: a page elsewhere that makes the browser post here knows neither.
    if (interaction === undefined || action !== `${INTERACTION_PATH}${interaction.uid}`) {
      const text = 'Close this page and start again from Portcullis.';
      return send(response, 400, messagePage('This sign-in has expired', text));
    }
    const show = (status: number, content: string, headers: Record<string, string> = {}): void =>
      send(response, status, content, { ...htmlHeaders(redirectOrigin(interaction)), ...headers });
    const where = interaction.deviceCode === undefined ? 'this computer' : 'the other machine';
    const known = interaction.session === undefined ? undefined : accounts.bySub(interaction.session.accountId);

    switch (request.method) {
      case 'GET':
        return show(
          200,
          interaction.prompt.name === 'consent' && known !== undefined
            ? continuePage({ name: known.name ?? known.username, where, action })
            : signInPage({ username: String(interaction.params.login_hint ?? '').slice(0, 255), action }),
        );
      case 'POST':
        break;
      default:
        throw new HttpProblem(
          405,
          'method-not-allowed',
          'This address answers GET and POST only.',
          {},
          { allow: 'GET, POST' },
        );
    }

    requireMediaType(request, 'application/x-www-form-urlencoded');
    const form = new URLSearchParams((await readBody(request, MAX_FORM_BYTES)).toString('utf8'));
    const finish = (result: InteractionResults): Promise<void> =>
      provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });

    switch (form.get('action')) {
      case 'cancel':
        return finish({ error: 'access_denied', error_description: 'The sign-in was cancelled.' });
      case 'switch':
        return show(200, signInPage({ username: '', action }));
      case 'continue':
        // Asked for a fresh sign-in (`prompt=login`, `max_age`), a click is not enough.
        if (known === undefined || interaction.prompt.name !== 'consent')
          return show(200, signInPage({ username: '', action }));
        return finish(await consent(interaction, known));
      default: {
        const username = form.get('username') ?? '';
        const wait = attempts.begin(username);
        if (wait > 0) {
          const seconds = Math.ceil(wait / 1000);
          log.warn({ event: 'sign-in-held-back', seconds }, 'too many attempts for one user name');
          const error = `Too many attempts for this user name. Try again in ${duration(seconds)}.`;
          return show(429, signInPage({ username, error, action }), { 'retry-after': String(seconds) });
        }
        const user = await authenticate(username, form.get('password') ?? '');
        if (user === undefined) {
          log.info({ event: 'sign-in-failed' }, 'wrong user name or password');
          return show(422, signInPage({ username, error: WRONG, action }));
        }
        attempts.succeeded(username);
        log.info({ event: 'signed-in', sub: user.sub }, 'signed in');
        return finish({ login: { accountId: user.sub }, ...(await consent(interaction, user)) });
      }
    }
  };

  async function authenticate(username: string, password: string): Promise<User | undefined> {
    const user = accounts.byUsername(username);
    const right =
      password.length <= MAX_PASSWORD_LENGTH && (await verifyPassword(password, user?.password ?? deps.decoyHash));
    return right ? user : undefined;
  }

  /** A grant of its own for each sign-in: revoking one machine's tokens leaves the user's other machines alone. */
  async function consent(interaction: Interaction, user: User): Promise<InteractionResults> {
    const grant = new provider.Grant({ accountId: user.sub, clientId: String(interaction.params.client_id) });
    grant.addOIDCScope(String(interaction.params.scope ?? 'openid'));
    return { consent: { grantId: await grant.save() } };
  }
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

/** Where the browser is sent after the form: `form-action` holds for redirects too, so the page must name it. */
function redirectOrigin({ params }: Interaction): string | undefined {
  return typeof params.redirect_uri === 'string' ? URL.parse(params.redirect_uri)?.origin : undefined;
}

function duration(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
