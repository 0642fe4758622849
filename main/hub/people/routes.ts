import type { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { Invite, PeopleQuery, PersonChange } from '../../../shared/schemas/hub/people.ts';
import { readJson, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Routes } from '../http/router.ts';
import type { Fault } from '../registry-access/fault.ts';
import type { Owner, People } from './people.ts';

const MAX_PERSON_BYTES = 64 * 1024;

/** Who belongs to an organization. */
export function peopleRoutes(deps: { people: People; authentication: Authentication }, may: Callers): Routes {
  const { people, authentication } = deps;
  return {
    '/v1/orgs/{org}/people': { GET: may.auditor(getPeople), POST: may.owner(invite) },
    '/v1/orgs/{org}/people/{sub}': { PATCH: may.owner(change), DELETE: may.owner(remove) },
    '/v1/orgs/{org}/people/{sub}/password-reset': { POST: may.owner(resetPassword) },
    '/v1/orgs/{org}/people/{sub}/invitation': { POST: may.owner(inviteAgain) },
  };

  async function getPeople({ response, url }: Exchange, org: string, { sub }: Caller): Promise<void> {
    const query = PeopleQuery.safeParse(Object.fromEntries(url.searchParams));
    if (!query.success) throw new HttpProblem(400, problem('query-invalid'));
    sendJson(response, await people.page(org, sub, query.data));
  }

  async function invite({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    const body = await readJson(request, MAX_PERSON_BYTES, Invite, invalid);
    sendJson(response, await people.invite(org, await owner(caller, org), body), 201);
  }

  async function change({ request, response }: Exchange, org: string, caller: Caller, sub = ''): Promise<void> {
    const body = await readJson(request, MAX_PERSON_BYTES, PersonChange, invalid);
    sendJson(response, await people.change(org, await owner(caller, org), sub, body));
  }

  async function remove({ response }: Exchange, org: string, caller: Caller, sub = ''): Promise<void> {
    sendJson(response, await people.remove(org, await owner(caller, org), sub));
  }

  async function resetPassword({ response }: Exchange, org: string, caller: Caller, sub = ''): Promise<void> {
    sendJson(response, await people.resetPassword(org, await owner(caller, org), sub), 201);
  }

  async function inviteAgain({ response }: Exchange, org: string, caller: Caller, sub = ''): Promise<void> {
    sendJson(response, await people.inviteAgain(org, await owner(caller, org), sub), 201);
  }

  /** Checked once more: a body may have taken its time, in which the caller's role was taken away. */
  async function owner(caller: Caller, org: string): Promise<Owner> {
    await authentication.requireRole(caller, org, 'owner');
    return { ...caller, requireFresh: () => authentication.requireFresh(caller) };
  }
}

function invalid({ issues }: z.ZodError): { problem: Problem; faults: Fault[] } {
  return {
    problem: problem('person-invalid'),
    faults: issues.slice(0, 20).map(({ path, message }) => ({
      pointer: path.map((part) => `/${String(part)}`).join(''),
      problem: faultAt(String(path[0] ?? ''), message),
    })),
  };
}

function faultAt(member: string, cause: string): Problem {
  switch (member) {
    case 'username':
      return problem('user-name-invalid');
    case 'email':
      return problem('email-invalid');
    case 'name':
      return problem('person-name-invalid');
    case 'teams':
      return problem('team-invalid');
    default:
      return problem('setting-invalid', {}, { cause });
  }
}
