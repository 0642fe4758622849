import { problem } from '../../../shared/problems/catalogue.ts';
import { send } from '../http/answers.ts';
import { type Authentication, type Caller, requireAccess } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import { ifNoneMatchAccepts } from '../http/entity-tags.ts';
import type { EventStreams } from '../http/event-stream.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Routes } from '../http/router.ts';
import type { RegistryAccess } from './registry-access.ts';

/** SHA-256 as base64url (RFC 7638 section 3). */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** The policy and what comes with it, for members. */
export function registryAccessRoutes(
  deps: { access: RegistryAccess; authentication: Authentication; streams: EventStreams },
  may: Callers,
): Routes {
  const { access, authentication, streams } = deps;
  return {
    '/v1/orgs/{org}/registry-access': { GET: may.member(getPolicy) },
    '/v1/orgs/{org}/registry-access/events': { GET: may.member(streamRevisions) },
    '/v1/orgs/{org}/membership': { GET: may.member(getMembership) },
  };

  async function getPolicy({ request, response }: Exchange, org: string): Promise<void> {
    const { document, etag } = await access.policy(org);
    // `no-cache`: may be stored, but must be revalidated before each use.
    const headers = { etag, 'cache-control': 'private, no-cache' };
    if (ifNoneMatchAccepts(request.headers['if-none-match'], etag)) {
      send(response, 'application/jose', document.jws, headers);
    } else {
      response.writeHead(304, headers).end();
    }
  }

  function streamRevisions({ request, response }: Exchange, org: string, { sub }: Caller): void {
    const checkAccess = async (): Promise<void> =>
      requireAccess((await authentication.caller(request, org)).role, org, 'member');
    streams.open(request, response, { org, sub, checkAccess });
  }

  async function getMembership({ response, url }: Exchange, org: string, { sub }: Caller): Promise<void> {
    const jkt = url.searchParams.get('jkt') ?? undefined;
    if (jkt !== undefined && !THUMBPRINT.test(jkt)) throw new HttpProblem(400, problem('membership-key-invalid'));
    send(response, 'application/jose', await access.membership(org, sub, jkt));
  }
}
