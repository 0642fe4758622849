import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { User } from '../store/accounts.ts';
import type { ExternalIdentity } from './external-identity.ts';
import type { ProviderCookie } from './provider-cookie.ts';
import { isCancelled, type RelyingParty } from './relying-party.ts';

/** Where the provider sends the browser back to: the redirect URI to register there. */
export const PROVIDER_REPLY_PATH = '/sign-in/callback';

/** What the provider may answer (RFC 6749 section 4.1.2, RFC 9207); nothing else is passed on. */
const REPLY_MEMBERS = ['code', 'state', 'iss', 'error', 'error_description', 'session_state'];

/** The hub's sign-in page as a relying party has it: none, but a way to the provider and back. */
export interface ExternalSignIn {
  /** The hub's own accounts can sign in too. */
  readonly ownAccounts: boolean;
  /** Sends the browser to the provider. @throws ProblemError where it cannot be asked */
  lead: (response: ServerResponse, at: Place, freshSince: number | null) => Promise<void>;
  /**
   * The browser is back. The cookie is spent, whatever comes of it.
   *
   * @returns null: the person cancelled there
   * @throws ProblemError why nobody is signed in
   */
  complete: (request: IncomingMessage, response: ServerResponse, at: Place) => Promise<SignedIn | null>;
}

/** One interaction of the hub's own sign-in. */
export interface Place {
  uid: string;
  path: string;
}

export interface SignedIn {
  user: User;
  /** Seconds since 1970: when they signed in at the provider; 0 where it does not say. */
  at: number;
}

export function createExternalSignIn(deps: {
  relyingParty: RelyingParty;
  identity: ExternalIdentity;
  cookie: ProviderCookie;
  ownAccounts: boolean;
  /** Milliseconds since 1970. */
  now: () => number;
}): ExternalSignIn {
  const { relyingParty, identity, cookie, now } = deps;
  return {
    ownAccounts: deps.ownAccounts,
    lead: async (response, { uid, path }, freshSince) => {
      const { url, pending } = await relyingParty.begin(uid, freshSince);
      response.writeHead(303, { location: url.href, 'set-cookie': cookie.set(path, pending) }).end();
    },
    complete: async (request, response, { uid, path }) => {
      const pending = cookie.read(request, uid);
      response.setHeader('set-cookie', cookie.clear(path));
      const reply = new URL(request.url ?? '/', 'http://hub').searchParams;
      if (pending === null || reply.getAll('state').join() !== pending.state) {
        throw new ProblemError(problem('sign-in-page-expired'));
      }
      if (isCancelled(reply)) return null;
      const confirmed = await relyingParty.redeem(reply, pending);
      return {
        user: await identity.signedIn(confirmed),
        at: Math.min(confirmed.authTime ?? 0, Math.floor(now() / 1000)),
      };
    },
  };
}

/**
 * Passes the provider's answer on to the interaction that it names, whose cookies the browser sends nowhere else. The state is verified
 * there.
 *
 * @param interactionPath what the paths of interactions begin with
 * @returns a path of this hub; null: names none
 */
export function pathOfReply(url: string, interactionPath: string): string | null {
  const { searchParams } = new URL(url, 'http://hub');
  const uid = /^([\w-]{1,64})\.[\w-]+$/.exec(searchParams.get('state') ?? '')?.[1];
  if (uid === undefined) return null;
  const members = REPLY_MEMBERS.flatMap((name) =>
    searchParams.getAll(name).map((value): [string, string] => [name, value]),
  );
  return `${interactionPath}${uid}?${new URLSearchParams(members)}`;
}
