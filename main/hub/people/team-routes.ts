import { detail } from '../../../shared/activity/details.ts';
import { withoutTeam, withTeamRenamed } from '../../../shared/lists/grants.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { SettingsGrant } from '../../../shared/schemas/hub/grants.ts';
import { MAX_TEAMS, type Team, TeamToName } from '../../../shared/schemas/hub/people.ts';
import { readJson, sendJson } from '../http/answers.ts';
import type { Authentication, Caller } from '../http/authentication.ts';
import type { Callers } from '../http/callers.ts';
import type { Exchange } from '../http/exchange.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Routes } from '../http/router.ts';
import { settingsBody } from '../registry-access/document.ts';
import type { RegistryAccess } from '../registry-access/registry-access.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import type { PeopleStore } from './people-store.ts';

const MAX_TEAM_BYTES = 1024;

/** The teams of an organization. */
export function teamRoutes(
  deps: {
    database: Database;
    peopleStore: PeopleStore;
    access: RegistryAccess;
    record: RecordActivity;
    authentication: Authentication;
    /** Milliseconds since 1970. */
    now: () => number;
  },
  may: Callers,
): Routes {
  const { database, peopleStore: store, access, record, authentication, now } = deps;
  return {
    '/v1/orgs/{org}/teams': { GET: may.auditor(getTeams), POST: may.owner(create) },
    '/v1/orgs/{org}/teams/{team}': { PATCH: may.owner(rename), DELETE: may.owner(remove) },
  };

  async function getTeams({ response }: Exchange, org: string): Promise<void> {
    sendJson(response, { items: await store.teams(org) });
  }

  async function create({ request, response }: Exchange, org: string, caller: Caller): Promise<void> {
    const name = await nameIn(request, org, caller);
    const team = await database.transaction(async () => {
      const teams = await store.teams(org);
      if (teams.some((one) => one.name === name)) throw taken(org, name);
      if (teams.length >= MAX_TEAMS) throw new HttpProblem(409, problem('too-many-teams', { limit: MAX_TEAMS }));
      await store.addTeam(org, name);
      await record(org, caller.username, 'team.created', [detail('team-created', { team: name })]);
      return found(org, name);
    });
    sendJson(response, team, 201);
  }

  async function rename({ request, response }: Exchange, org: string, caller: Caller, team = ''): Promise<void> {
    const name = await nameIn(request, org, caller);
    await found(org, team);
    if (name !== team) {
      await withGrants(
        org,
        caller,
        team,
        (grants) => withTeamRenamed(grants, team, name),
        async () => {
          await found(org, team);
          if ((await store.teams(org)).some((other) => other.name === name)) throw taken(org, name);
          await store.renameTeam(org, team, name);
          await record(org, caller.username, 'team.renamed', [detail('team-renamed', { team, name })]);
        },
      );
    }
    sendJson(response, await found(org, name));
  }

  async function remove({ response }: Exchange, org: string, caller: Caller, team = ''): Promise<void> {
    await withGrants(
      org,
      caller,
      team,
      (grants) => withoutTeam(grants, team),
      async () => {
        const { people } = await found(org, team);
        await store.deleteTeam(org, team);
        await record(org, caller.username, 'team.deleted', [detail('team-deleted', { team, people })]);
      },
    );
    response.writeHead(204).end();
  }

  /**
   * Changes a team and the grants that name it as one: members of a renamed team keep what they may use, and one that is created later under
   * the name of a deleted one gets nothing by itself.
   */
  async function withGrants(
    org: string,
    caller: Caller,
    team: string,
    change: (grants: readonly SettingsGrant[]) => SettingsGrant[],
    save: () => Promise<void>,
  ): Promise<void> {
    for (;;) {
      const { grants, revision } = await access.settings(org);
      if (grants?.some(({ teams }) => teams?.includes(team)) === true) break;
      const isSaved = await database.transaction(async () => {
        // Meanwhile a grant may have come to name it.
        if ((await access.revision(org)) !== revision) return false;
        await save();
        return true;
      });
      if (isSaved) return;
    }
    const saved = await access.edit(
      org,
      (current) => settingsBody({ ...current, grants: change(current.grants ?? []) }, now()),
      { actor: caller.username, accepts: () => true },
      async () => {
        // Its turn may have taken its time.
        await authentication.requireRole(caller, org, 'owner');
        await save();
      },
    );
    if (saved.outcome === 'invalid') {
      throw new HttpProblem(422, problem('settings-invalid'), { organization: org, faults: saved.faults });
    }
  }

  /** A body may take its time, in which the caller's role may be taken away. */
  async function nameIn(request: Exchange['request'], org: string, caller: Caller): Promise<string> {
    const { name } = await readJson(request, MAX_TEAM_BYTES, TeamToName, () => ({ problem: problem('team-invalid') }));
    await authentication.requireRole(caller, org, 'owner');
    return name;
  }

  async function found(org: string, name: string): Promise<Team> {
    const team = (await store.teams(org)).find((one) => one.name === name);
    if (team !== undefined) return team;
    throw new HttpProblem(404, problem('team-unknown', { teams: [name], organization: org }), { organization: org });
  }
}

function taken(organization: string, team: string): HttpProblem {
  return new HttpProblem(409, problem('team-exists', { team, organization }), { organization });
}
