import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { KeyToUse } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { type StoredSettings, settingsAnswer } from '../registry-access/document.ts';
import type { Fault } from '../registry-access/parse-settings.ts';
import type { RegistryAccess } from '../registry-access/registry-access.ts';
import type { SigningKeys } from '../registry-access/signing-keys.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { Authentication } from './authentication.ts';
import { ifMatchAccepts, ifNoneMatchAccepts } from './entity-tags.ts';
import type { EventStreams } from './event-stream.ts';
import { createLargeUploads } from './large-uploads.ts';
import { faultInBody, HttpProblem } from './problem-response.ts';
import { readBody, requireMediaType } from './request-body.ts';
import { createRouter, type Exchange, type Handler, notFound } from './router.ts';

/** As base64url, this is a signed document of 256 MiB: the most that clients accept. */
const MAX_SETTINGS_BYTES = 192 * 1024 * 1024;
const MAX_KEY_BYTES = 1024;

const PageQuery = z.object({
  cursor: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).nullable(),
  limit: z.coerce.number().int().min(1).max(200),
});

/** A handler whose caller is known, and is a member or an owner of `org` where the route says so. @param rest what the path names below `org` */
type CallerHandler = (exchange: Exchange, org: string, user: User, ...rest: string[]) => void | Promise<void>;

/** `/v1`, described call by call in docs/hub-api.md. */
export function createApi(deps: {
  accounts: Accounts;
  access: RegistryAccess;
  keys: SigningKeys;
  authentication: Authentication;
  streams: EventStreams;
}): (exchange: Exchange) => Promise<void> {
  const { accounts, access, keys, authentication, streams } = deps;
  const uploads = createLargeUploads();

  return createRouter({
    '/v1/me': { GET: user(getMe) },
    '/v1/policy-keys': { GET: getPublishedKeys },
    '/v1/orgs/{org}/registry-access': { GET: member(getPolicy) },
    '/v1/orgs/{org}/registry-access/events': { GET: member(streamRevisions) },
    '/v1/orgs/{org}/registry-access/settings': { GET: owner(getSettings), PUT: owner(putSettings) },
    '/v1/orgs/{org}/policy-keys': { GET: owner(getKeyStates), POST: owner(announceKey) },
    '/v1/orgs/{org}/policy-keys/signing': { PUT: owner(useKey) },
    '/v1/orgs/{org}/membership': { GET: member(getMembership) },
    '/v1/orgs/{org}/activity': { GET: owner(getActivity) },
  });

  function user(handler: CallerHandler): Handler {
    return async (exchange, org = '', ...rest) =>
      handler(exchange, org, await authentication.user(exchange.request), ...rest);
  }

  function member(handler: CallerHandler): Handler {
    return user((exchange, org, caller, ...rest) => {
      authentication.requireMember(caller, org);
      return handler(exchange, org, caller, ...rest);
    });
  }

  function owner(handler: CallerHandler): Handler {
    return user((exchange, org, caller, ...rest) => {
      authentication.requireOwner(caller, org);
      return handler(exchange, org, caller, ...rest);
    });
  }

  function getMe({ response }: Exchange, _org: string, caller: User): void {
    sendJson(response, accounts.describe(caller));
  }

  function getPublishedKeys({ response, url }: Exchange): void {
    const kid = url.searchParams.get('signedBy');
    if (kid === null) {
      sendJson(response, keys.published());
    } else {
      const signed = keys.publishedSignedBy(kid);
      if (signed === undefined) throw notFound();
      send(response, 'application/jose', signed);
    }
  }

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

  function streamRevisions({ request, response }: Exchange, org: string, caller: User): void {
    const checkAccess = async (): Promise<void> =>
      authentication.requireMember(await authentication.user(request), org);
    streams.open(request, response, { org, sub: caller.sub, checkAccess });
  }

  function getSettings({ response }: Exchange, org: string): void {
    sendSettings(response, access.settings(org));
  }

  async function putSettings({ request, response }: Exchange, org: string, caller: User): Promise<void> {
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

  function getKeyStates({ response }: Exchange, org: string): void {
    sendJson(response, keys.states(org));
  }

  function announceKey({ response }: Exchange, org: string, caller: User): void {
    const announced = access.announceKey(org, caller.username);
    sendJson(response, keys.states(org), announced ? 201 : 200);
  }

  async function useKey({ request, response }: Exchange, org: string, caller: User): Promise<void> {
    requireMediaType(request, 'application/json');
    const body = KeyToUse.safeParse(parseJson((await readBody(request, MAX_KEY_BYTES)).toString('utf8')));
    if (!body.success) throw new HttpProblem(422, problem('key-invalid'));
    if (!access.useKey(org, body.data.kid, caller.username)) {
      throw new HttpProblem(409, problem('key-not-announced', { organization: org }), { organization: org });
    }
    sendJson(response, keys.states(org));
  }

  function getMembership({ response }: Exchange, org: string, caller: User): void {
    send(response, 'application/jose', access.membership(org, caller.sub));
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

function sendJson(response: ServerResponse, value: unknown, status?: number): void {
  send(response, 'application/json', Buffer.from(JSON.stringify(value)), {}, status);
}

function send(
  response: ServerResponse,
  type: string,
  content: Uint8Array,
  headers: Record<string, string> = {},
  status = 200,
): void {
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': content.byteLength });
  response.end(content);
}
