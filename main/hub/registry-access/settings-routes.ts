import type { IncomingMessage, ServerResponse } from 'node:http';
import { weakens } from '../../../shared/lists/weakens.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { send, sendJson } from '../http/answers.ts';
import type { Authentication } from '../http/authentication.ts';
import type { Actor, Callers } from '../http/callers.ts';
import { ifMatchAccepts } from '../http/entity-tags.ts';
import type { Exchange } from '../http/exchange.ts';
import { createLargeUploads } from '../http/large-uploads.ts';
import { pageQuery } from '../http/page-query.ts';
import { faultInBody, HttpProblem } from '../http/problem-response.ts';
import { requireMediaType } from '../http/request-body.ts';
import { notFound, type Routes } from '../http/router.ts';
import type { Machines } from '../machines/machines.ts';
import { settingsAnswer } from './document.ts';
import type { PutOutcome, RegistryAccess, Saving } from './registry-access.ts';
import type { MissingRevision } from './revision-store.ts';

/** As base64url, this is a signed document of 256 MiB: the most that clients accept. */
const MAX_SETTINGS_BYTES = 192 * 1024 * 1024;

/** The settings: what is read and saved, what they were, and what saving them would change. */
export function settingsRoutes(
  deps: { access: RegistryAccess; authentication: Authentication; machines: Pick<Machines, 'usageDraft'> },
  may: Callers,
): Routes {
  const { access, authentication, machines } = deps;
  const uploads = createLargeUploads();
  return {
    '/v1/orgs/{org}/registry-access/settings': {
      GET: may.orPipeline('read', may.auditor, getSettings),
      PUT: may.orPipeline('apply', may.registryManager, putSettings),
    },
    '/v1/orgs/{org}/registry-access/settings/preview': {
      POST: may.orPipeline('read', may.registryManager, previewSettings),
    },
    '/v1/orgs/{org}/registry-access/additions': { GET: may.orPipeline('read', may.auditor, getAdditions) },
    '/v1/orgs/{org}/registry-access/revisions': { GET: may.orPipeline('read', may.auditor, listRevisions) },
    '/v1/orgs/{org}/registry-access/revisions/{revision}': { GET: may.orPipeline('read', may.auditor, getRevision) },
    '/v1/orgs/{org}/registry-access/revisions/{revision}/restore': {
      POST: may.orPipeline('apply', may.registryManager, restoreRevision),
    },
  };

  /** To enforce less takes a fresh sign-in; a pipeline never may. */
  function saving(actor: Actor, organization: string, accepts: Saving['accepts']): Saving {
    return {
      actor: actor.username,
      accepts,
      permit: async (before, after) => {
        // The upload may have taken its time, in which the person's role or the token may have been taken away.
        if ('pipeline' in actor) await actor.requireStillValid();
        else await authentication.requireRole(actor, organization, 'registry-manager');
        if (!weakens(before, after)) return;
        if (!('pipeline' in actor)) authentication.requireFresh(actor);
        else throw new HttpProblem(403, problem('pipeline-token-may-not-switch-off'), { organization });
      },
    };
  }

  async function getSettings({ response }: Exchange, org: string): Promise<void> {
    const settings = await access.settings(org);
    send(response, 'application/json', settingsAnswer(settings), { etag: revisionTag(settings.revision) });
  }

  async function putSettings({ request, response }: Exchange, org: string, actor: Actor): Promise<void> {
    const accepts = acceptedRevision(request, org);
    requireMediaType(request, 'application/json');
    // Checked before the body is read: a conflict should not cost an upload of a hundred megabytes.
    const revision = await access.revision(org);
    if (!accepts(revision)) throw revisionConflict(org, revision);
    const put = await uploads.read(request, MAX_SETTINGS_BYTES, org, (body) =>
      access.put(org, body, saving(actor, org, accepts)),
    );
    sendSaved(response, org, put);
  }

  async function previewSettings({ request, response }: Exchange, org: string): Promise<void> {
    requireMediaType(request, 'application/json');
    const draft = await machines.usageDraft(org);
    const previewed = await uploads.read(request, MAX_SETTINGS_BYTES, org, (body) =>
      access.preview(org, body, draft?.hosts ?? null),
    );
    if (previewed.outcome === 'invalid') throw settingsInvalid(org, previewed);
    const notices = previewed.notices.map(faultInBody);
    const usage = draft === null || previewed.newly === null ? null : await draft.change(previewed.newly);
    sendJson(response, { ...previewed.preview, notices, usage });
  }

  async function getAdditions({ response }: Exchange, org: string): Promise<void> {
    const { revision, additions } = await access.settings(org);
    sendJson(response, { revision, additions });
  }

  async function listRevisions({ response, url }: Exchange, org: string): Promise<void> {
    const { cursor, limit } = pageQuery(url);
    sendJson(response, await access.revisions(org, cursor, limit));
  }

  async function getRevision({ response }: Exchange, org: string, _actor: Actor, text: string): Promise<void> {
    const found = await access.findRevision(org, revisionOf(text));
    if (found.outcome !== 'found') throw revisionMissing(org, found);
    send(response, 'application/json', settingsAnswer(found.settings));
  }

  async function restoreRevision(
    { request, response }: Exchange,
    org: string,
    actor: Actor,
    text: string,
  ): Promise<void> {
    const accepts = acceptedRevision(request, org);
    sendSaved(response, org, await access.restore(org, revisionOf(text), saving(actor, org, accepts)));
  }
}

/** @throws HttpProblem where nothing was saved */
function sendSaved(response: ServerResponse, organization: string, put: PutOutcome | MissingRevision): void {
  switch (put.outcome) {
    case 'saved': {
      const { settings, changes, notices } = put;
      const content = settingsAnswer(settings, { changes, notices: notices.map(faultInBody) });
      send(response, 'application/json', content, { etag: revisionTag(settings.revision) });
      return;
    }
    case 'conflict':
      throw revisionConflict(organization, put.revision);
    case 'invalid':
      throw settingsInvalid(organization, put);
    case 'unknown':
    case 'dropped':
      throw revisionMissing(organization, put);
  }
}

function settingsInvalid(organization: string, { faults }: Extract<PutOutcome, { outcome: 'invalid' }>): HttpProblem {
  return new HttpProblem(422, problem('settings-invalid'), { organization, faults });
}

function revisionMissing(organization: string, { outcome, revision }: MissingRevision): HttpProblem {
  return outcome === 'dropped'
    ? new HttpProblem(410, problem('revision-not-kept', { revision }), { organization })
    : new HttpProblem(404, problem('no-such-revision', { organization, revision }), { organization });
}

/** @throws HttpProblem 404 */
function revisionOf(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw notFound();
  return Number(text);
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
