import { problem } from '../../../shared/problems/catalogue.ts';
import { MAX_TEAMS, type Team, TeamToName } from '../../../shared/schemas/hub/people.ts';
import { readJson, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Exchange, Routes } from '../http/router.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { PeopleStore } from './people-store.ts';

const MAX_TEAM_BYTES = 1024;

/** The teams of an organization. */
export function teamRoutes(
  deps: { peopleStore: PeopleStore; record: RecordActivity; authentication: Authentication },
  may: Callers,
): Routes {
  const { peopleStore: store, record, authentication } = deps;
  return {
    '/v1/orgs/{org}/teams': { GET: may.auditor(getTeams), POST: may.owner(create) },
    '/v1/orgs/{org}/teams/{team}': { PATCH: may.owner(rename), DELETE: may.owner(remove) },
  };

  function getTeams({ response }: Exchange, org: string): void {
    sendJson(response, { items: store.teams(org) });
  }

  async function create({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    const name = await nameIn(request, org, caller);
    const teams = store.teams(org);
    if (teams.some((team) => team.name === name)) throw taken(org, name);
    if (teams.length >= MAX_TEAMS) throw new HttpProblem(409, problem('too-many-teams', { limit: MAX_TEAMS }));
    store.addTeam(org, name);
    record(org, caller.username, 'team.created', [`created team ${name}`]);
    sendJson(response, found(org, name), 201);
  }

  async function rename({ request, response }: Exchange, org: string, caller: Caller, team = ''): Promise<void> {
    const name = await nameIn(request, org, caller);
    found(org, team);
    if (name !== team) {
      if (store.teams(org).some((other) => other.name === name)) throw taken(org, name);
      store.renameTeam(org, team, name);
      record(org, caller.username, 'team.renamed', [`renamed team ${team} to ${name}`]);
    }
    sendJson(response, found(org, name));
  }

  function remove({ response }: Exchange, org: string, { username }: Caller, team = ''): void {
    const { people } = found(org, team);
    store.deleteTeam(org, team);
    const whose = people === 1 ? '1 person' : `${people} people`;
    record(org, username, 'team.deleted', [`deleted team ${team} with ${whose}`]);
    response.writeHead(204).end();
  }

  /** A body may take its time, in which the caller's role may be taken away. */
  async function nameIn(request: Exchange['request'], org: string, caller: Caller): Promise<string> {
    const { name } = await readJson(request, MAX_TEAM_BYTES, TeamToName, () => ({ problem: problem('team-invalid') }));
    authentication.requireRole(caller, org, 'owner');
    return name;
  }

  function found(org: string, name: string): Team {
    const team = store.teams(org).find((one) => one.name === name);
    if (team !== undefined) return team;
    throw new HttpProblem(404, problem('team-unknown', { teams: [name], organization: org }), { organization: org });
  }
}

function taken(organization: string, team: string): HttpProblem {
  return new HttpProblem(409, problem('team-exists', { team, organization }), { organization });
}
