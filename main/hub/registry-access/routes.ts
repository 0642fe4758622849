import { send, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import { ifNoneMatchAccepts } from '../http/entity-tags.ts';
import type { EventStreams } from '../http/event-stream.ts';
import { pageQuery } from '../http/page-query.ts';
import type { Exchange, Routes } from '../http/router.ts';
import type { Activity } from '../store/activity.ts';
import type { RegistryAccess } from './registry-access.ts';

/** The policy and what comes with it for members; the activity for those who keep the settings. */
export function registryAccessRoutes(
  deps: { access: RegistryAccess; activity: Activity; authentication: Authentication; streams: EventStreams },
  may: Callers,
): Routes {
  const { access, activity, authentication, streams } = deps;
  return {
    '/v1/orgs/{org}/registry-access': { GET: may.member(getPolicy) },
    '/v1/orgs/{org}/registry-access/events': { GET: may.member(streamRevisions) },
    '/v1/orgs/{org}/membership': { GET: may.member(getMembership) },
    '/v1/orgs/{org}/activity': { GET: may.auditor(getActivity) },
  };

  function getPolicy({ request, response }: Exchange, org: string): void {
    const { document, etag } = access.policy(org);
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
      authentication.requireRole(await authentication.caller(request), org, 'member');
    streams.open(request, response, { org, sub, checkAccess });
  }

  function getMembership({ response }: Exchange, org: string, { sub }: Caller): void {
    send(response, 'application/jose', access.membership(org, sub));
  }

  function getActivity({ response, url }: Exchange, org: string): void {
    const { cursor, limit } = pageQuery(url);
    sendJson(response, activity.page(org, cursor, limit));
  }
}
