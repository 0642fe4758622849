import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { send, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import { ifMatchAccepts, ifNoneMatchAccepts } from '../http/entity-tags.ts';
import type { EventStreams } from '../http/event-stream.ts';
import { createLargeUploads } from '../http/large-uploads.ts';
import { faultInBody, HttpProblem } from '../http/problem-response.ts';
import { requireMediaType } from '../http/request-body.ts';
import type { Exchange, Routes } from '../http/router.ts';
import { type StoredSettings, settingsAnswer } from './document.ts';
import type { Fault } from './parse-settings.ts';
import type { RegistryAccess } from './registry-access.ts';

/** As base64url, this is a signed document of 256 MiB: the most that clients accept. */
const MAX_SETTINGS_BYTES = 192 * 1024 * 1024;

const PageQuery = z.object({
  cursor: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).nullable(),
  limit: z.coerce.number().int().min(1).max(200),
});

/** The policy and what comes with it for members; the settings and the activity for those who keep them. */
export function registryAccessRoutes(
  deps: { access: RegistryAccess; authentication: Authentication; streams: EventStreams },
  may: Callers,
): Routes {
  const { access, authentication, streams } = deps;
  const uploads = createLargeUploads();
  return {
    '/v1/orgs/{org}/registry-access': { GET: may.member(getPolicy) },
    '/v1/orgs/{org}/registry-access/events': { GET: may.member(streamRevisions) },
    '/v1/orgs/{org}/registry-access/settings': {
      GET: may.auditor(getSettings),
      PUT: may.registryManager(putSettings),
    },
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

  function getSettings({ response }: Exchange, org: string): void {
    sendSettings(response, access.settings(org));
  }

  async function putSettings({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    const accepts = acceptedRevision(request, org);
    requireMediaType(request, 'application/json');
    // Checked before the body is read: a conflict should not cost an upload of a hundred megabytes.
    const revision = access.revision(org);
    if (!accepts(revision)) throw revisionConflict(org, revision);
    const put = await uploads.read(request, MAX_SETTINGS_BYTES, org, (body) =>
      access.put(org, body, caller.username, accepts),
    );
    switch (put.outcome) {
      case 'saved':
        return sendSettings(response, put.settings, put.notices);
      case 'conflict':
        throw revisionConflict(org, put.revision);
      case 'invalid':
        throw new HttpProblem(422, problem('settings-invalid'), { organization: org, faults: put.faults });
    }
  }

  function getMembership({ response }: Exchange, org: string, { sub }: Caller): void {
    send(response, 'application/jose', access.membership(org, sub));
  }

  function getActivity({ response, url }: Exchange, org: string): void {
    const query = PageQuery.safeParse({
      cursor: url.searchParams.get('cursor'),
      limit: url.searchParams.get('limit') ?? 50,
    });
    if (!query.success) throw new HttpProblem(400, problem('query-invalid'));
    sendJson(response, access.activity(org, query.data.cursor, query.data.limit));
  }
}

/** @returns whether `If-Match` names a revision. @throws HttpProblem 428 where the header is missing */
function acceptedRevision(request: IncomingMessage, organization: string): (revision: number) => boolean {
  const header = request.headers['if-match'];
  if (header === undefined) throw new HttpProblem(428, problem('if-match-required'), { organization });
  return (revision) => ifMatchAccepts(header, revisionTag(revision));
}

function revisionConflict(organization: string, revision: number): HttpProblem {
  return new HttpProblem(412, problem('revision-conflict', { organization, revision }), {
    organization,
    headers: { etag: revisionTag(revision) },
  });
}

function revisionTag(revision: number): string {
  return `"${revision}"`;
}

function sendSettings(response: ServerResponse, settings: StoredSettings, notices: readonly Fault[] = []): void {
  send(response, 'application/json', settingsAnswer(settings, notices.map(faultInBody)), {
    etag: revisionTag(settings.revision),
  });
}
