import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { KeyToUse } from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { type KeptSettings, settingsAnswer } from '../registry-access/document.ts';
import type { RegistryAccess } from '../registry-access/registry-access.ts';
import type { SigningKeys } from '../registry-access/signing-keys.ts';
import type { Accounts, User } from '../store/accounts.ts';
import type { Authentication } from './authentication.ts';
import { match, noneMatch } from './entity-tags.ts';
import type { EventStreams } from './event-stream.ts';
import { HttpProblem } from './problem-response.ts';
import { readBody, requireMediaType } from './request-body.ts';

/** What becomes a signed document of 256 MiB, base64url's third taken off. */
const MAX_SETTINGS_BYTES = 192 * 1024 * 1024;

const MAX_KEY_BYTES = 1024;

const PageQuery = z.object({
  cursor: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).nullable(),
  limit: z.coerce.number().int().min(1).max(200),
});

type Exchange = { request: IncomingMessage; response: ServerResponse; url: URL };
type Handler = (exchange: Exchange, org: string) => void | Promise<void>;

/** `/v1`, described call by call in docs/hub-api.md. */
export function createApi(deps: {
  accounts: Accounts;
  access: RegistryAccess;
  keys: SigningKeys;
  authentication: Authentication;
  streams: EventStreams;
}): (exchange: Exchange) => Promise<void> {
  const { accounts, access, keys, authentication, streams } = deps;

  const asUser =
    (handler: (exchange: Exchange, user: User) => void): Handler =>
    async (exchange) =>
      handler(exchange, await authentication.user(exchange.request));
  const asMember =
    (handler: (exchange: Exchange, org: string, user: User) => void): Handler =>
    async (exchange, org) => {
      const user = await authentication.user(exchange.request);
      authentication.member(user, org);
      handler(exchange, org, user);
    };
  const asOwner =
    (handler: (exchange: Exchange, org: string, user: User) => void | Promise<void>): Handler =>
    async (exchange, org) => {
      const user = await authentication.user(exchange.request);
      authentication.owner(user, org);
      await handler(exchange, org, user);
    };

  const sendSettings = ({ response }: Exchange, settings: KeptSettings): void =>
    send(response, 'application/json', settingsAnswer(settings), { etag: revisionTag(settings.revision) });

  const paths: [RegExp, Record<string, Handler>][] = [
    [/^\/v1\/me$/, { GET: asUser(({ response }, user) => sendJson(response, accounts.describe(user))) }],
    [
      /^\/v1\/policy-keys$/,
      {
        GET: ({ response, url }) => {
          const kid = url.searchParams.get('signedBy');
          if (kid === null) return sendJson(response, keys.published());
          const introduction = keys.introduction(kid);
          if (introduction === undefined) throw notFound();
          send(response, 'application/jose', introduction);
        },
      },
    ],
    [
      /^\/v1\/orgs\/([^/]+)\/registry-access$/,
      {
        GET: asMember(({ request, response }, org) => {
          const { document, etag } = access.policy(org);
          // `no-cache`: keep it, and ask each time whether it still holds.
          const headers = { etag, 'cache-control': 'private, no-cache' };
          if (noneMatch(request.headers['if-none-match'], etag)) {
            send(response, 'application/jose', document.jws, headers);
          } else {
            response.writeHead(304, headers).end();
          }
        }),
      },
    ],
    [
      /^\/v1\/orgs\/([^/]+)\/registry-access\/events$/,
      {
        GET: asMember(({ request, response }, org, user) => {
          const stillAllowed = async (): Promise<boolean> =>
            authentication.member(await authentication.user(request), org) !== undefined;
          streams.open(request, response, { org, sub: user.sub, stillAllowed });
        }),
      },
    ],
    [
      /^\/v1\/orgs\/([^/]+)\/registry-access\/settings$/,
      {
        GET: asOwner((exchange, org) => sendSettings(exchange, access.settings(org))),
        PUT: asOwner(async (exchange, org, user) => {
          const ifMatch = exchange.request.headers['if-match'];
          if (ifMatch === undefined) {
            throw new HttpProblem(428, 'if-match-required', 'Say which revision you changed, in If-Match.', {
              organization: org,
              detail: 'Get the settings first and send their ETag, so that nobody overwrites what they have not seen.',
            });
          }
          const expects = (revision: number): boolean => match(ifMatch, revisionTag(revision));
          const refuseConflict = (revision: number): never => {
            throw new HttpProblem(
              412,
              'revision-conflict',
              `The settings of ${org} have changed since: they are at revision ${revision} now.`,
              { organization: org, detail: 'Get the settings again and repeat your change.' },
              { etag: revisionTag(revision) },
            );
          };
          requireMediaType(exchange.request, 'application/json');
          // Before the body: a conflict should not cost an upload of a hundred megabytes.
          const revision = access.revision(org);
          if (!expects(revision)) refuseConflict(revision);
          const body = await readBody(exchange.request, MAX_SETTINGS_BYTES);
          const put = await access.put(org, body, user.username, expects);
          switch (put.outcome) {
            case 'saved':
              return sendSettings(exchange, put.settings);
            case 'conflict':
              return refuseConflict(put.settings.revision);
            case 'invalid':
              throw new HttpProblem(422, 'settings-invalid', 'The settings are not valid; nothing was saved.', {
                organization: org,
                errors: put.faults,
              });
          }
        }),
      },
    ],
    [
      /^\/v1\/orgs\/([^/]+)\/policy-keys$/,
      {
        GET: asOwner(({ response }, org) => sendJson(response, keys.states(org))),
        POST: asOwner(({ response }, org, user) => {
          const announced = access.announceKey(org, user.username);
          sendJson(response, keys.states(org), announced ? 201 : 200);
        }),
      },
    ],
    [
      /^\/v1\/orgs\/([^/]+)\/policy-keys\/signing$/,
      {
        PUT: asOwner(async ({ request, response }, org, user) => {
          requireMediaType(request, 'application/json');
          const body = KeyToUse.safeParse(parseJson((await readBody(request, MAX_KEY_BYTES)).toString('utf8')));
          if (!body.success) throw new HttpProblem(422, 'key-invalid', 'Say which key, as {"kid":"…"}.');
          if (!access.useKey(org, body.data.kid, user.username)) {
            throw new HttpProblem(409, 'key-not-announced', `${org} has announced no such key.`, {
              organization: org,
              detail: 'A key is announced first, so that it can be pinned on every machine before it signs.',
            });
          }
          sendJson(response, keys.states(org));
        }),
      },
    ],
    [
      /^\/v1\/orgs\/([^/]+)\/membership$/,
      {
        GET: asMember(({ response }, org, user) =>
          send(response, 'application/jose', access.membership(org, user.sub)),
        ),
      },
    ],
    [
      /^\/v1\/orgs\/([^/]+)\/activity$/,
      {
        GET: asOwner(({ response, url }, org) => {
          const query = PageQuery.safeParse({
            cursor: url.searchParams.get('cursor'),
            limit: url.searchParams.get('limit') ?? 50,
          });
          if (!query.success) {
            throw new HttpProblem(400, 'query-invalid', 'cursor and limit are not valid.', {
              detail: '`limit` is 1 to 200; `cursor` is the `next` of another page.',
            });
          }
          sendJson(response, access.activity(org, query.data.cursor, query.data.limit));
        }),
      },
    ],
  ];

  return async (exchange) => {
    const { request, url } = exchange;
    for (const [pattern, handlers] of paths) {
      const found = pattern.exec(url.pathname);
      if (found === null) continue;
      const handler = handlers[request.method === 'HEAD' ? 'GET' : (request.method ?? '')];
      if (handler === undefined) {
        const allow = Object.keys(handlers).join(', ');
        throw new HttpProblem(405, 'method-not-allowed', `This address answers ${allow} only.`, {}, { allow });
      }
      return handler(exchange, decodeSegment(found[1] ?? ''));
    }
    throw notFound();
  };
}

export function notFound(): HttpProblem {
  return new HttpProblem(404, 'not-found', 'There is nothing at this address.');
}

function revisionTag(revision: number): string {
  return `"${revision}"`;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notFound();
  }
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
